-- AWS Route 53 DNS Firewall Blocked a Query
-- id: 0d4be1c2-6a0e-4f53-9b57-2f6f6e0c9b31
-- level: medium
-- technique: T1071.004
SELECT _file, _index, irregular, record, [0] AS rules
FROM route53
WHERE irregular
  OR (
    query_timestamp >= '2026-03-10T00:00:00'
    AND query_timestamp < '2026-03-11T00:00:00'
    AND lower(firewall_rule_action) = 'block'
  )
ORDER BY _file, _index;
