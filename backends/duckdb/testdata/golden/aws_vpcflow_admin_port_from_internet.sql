-- AWS VPC Administration Port Reached From the Internet
-- id: 1a51466c-61b5-4519-b097-963cfc318b5d
-- level: medium
-- technique: T1133
CREATE OR REPLACE TEMP MACRO sigma_ipv4(t) AS CASE WHEN regexp_full_match(t, '((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(\.(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){3})') THEN split_part(t, '.', 1)::BIGINT * 16777216 + split_part(t, '.', 2)::BIGINT * 65536 + split_part(t, '.', 3)::BIGINT * 256 + split_part(t, '.', 4)::BIGINT END;
CREATE OR REPLACE TEMP MACRO sigma_tail(t) AS CASE WHEN contains(t, '.') THEN list_extract(list_transform([sigma_ipv4(regexp_extract(t, '[^:]*$'))], lambda n: regexp_replace(t, '[^:]*$', '') || printf('%x:%x', n // 65536, n % 65536)), 1) ELSE t END;
CREATE OR REPLACE TEMP MACRO sigma_groups(t) AS CASE WHEN t = '' THEN [] ELSE string_split(t, ':') END;
CREATE OR REPLACE TEMP MACRO sigma_hex(gs) AS coalesce(list_aggregate(list_transform(gs, lambda g: lpad(lower(g), 4, '0')), 'string_agg', ''), '');
CREATE OR REPLACE TEMP MACRO sigma_join(a, b) AS sigma_hex(a) || repeat('0000', 8 - len(a) - len(b)) || sigma_hex(b);
CREATE OR REPLACE TEMP MACRO sigma_ipv6(t) AS list_extract(list_transform([sigma_tail(t)], lambda u: CASE WHEN regexp_full_match(u, '[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4}){7}') THEN sigma_join(sigma_groups(u), []) WHEN regexp_full_match(u, '([0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4})*)?::([0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4})*)?') AND len(string_split(u, ':')) <= CASE WHEN starts_with(u, '::') OR ends_with(u, '::') THEN 9 ELSE 8 END THEN sigma_join(sigma_groups(split_part(u, '::', 1)), sigma_groups(split_part(u, '::', 2))) END), 1);
SELECT _file, _index, irregular, record, [0] AS rules
FROM vpcflow
WHERE irregular
  OR (
    "start" >= 1773100800
    AND "start" < 1773187200
    AND lower(action) = 'accept'
    AND protocol = 6
    AND dstport IN (22, 3389, 5985, 5986)
    AND srcaddr IS NOT NULL
    AND NOT COALESCE(
      sigma_ipv4(srcaddr) BETWEEN 167772160 AND 184549375
      OR sigma_ipv4(srcaddr) BETWEEN 2886729728 AND 2887778303
      OR sigma_ipv4(srcaddr) BETWEEN 3232235520 AND 3232301055
      OR sigma_ipv4(srcaddr) BETWEEN 1681915904 AND 1686110207
      OR sigma_ipv4(srcaddr) BETWEEN 2851995648 AND 2852061183
      OR sigma_ipv4(srcaddr) BETWEEN 2130706432 AND 2147483647
      OR sigma_ipv6(srcaddr) BETWEEN 'fc000000000000000000000000000000' AND 'fdffffffffffffffffffffffffffffff'
      OR sigma_ipv6(srcaddr) BETWEEN 'fe800000000000000000000000000000' AND 'febfffffffffffffffffffffffffffff'
      OR sigma_ipv6(srcaddr) BETWEEN '00000000000000000000000000000001' AND '00000000000000000000000000000001'
      OR lower(flow_direction) = 'egress'
    , FALSE)
  )
ORDER BY _file, _index;
