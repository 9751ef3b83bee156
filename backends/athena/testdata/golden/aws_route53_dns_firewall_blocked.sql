-- AWS Route 53 DNS Firewall Blocked a Query
-- id: 0d4be1c2-6a0e-4f53-9b57-2f6f6e0c9b31
-- level: medium
-- technique: T1071.004
SELECT version, account_id, region, vpc_id, query_timestamp, query_name, query_type, query_class, rcode,
  json_format(CAST(answers AS json)) AS answers, srcaddr, srcport, transport,
  srcids.instance AS "srcids.instance", srcids.resolver_endpoint AS "srcids.resolver_endpoint",
  firewall_rule_group_id, firewall_rule_action, firewall_domain_list_id
FROM r53_rlogs
WHERE "date" BETWEEN '2026/03/10' AND '2026/03/11'
  AND query_timestamp >= '2026-03-10T00:00:00'
  AND query_timestamp < '2026-03-11T00:00:00'
  AND lower(firewall_rule_action) = 'block'
