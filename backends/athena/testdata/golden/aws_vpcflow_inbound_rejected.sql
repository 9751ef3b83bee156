-- AWS VPC Inbound Traffic From the Internet Rejected
-- id: 7e59623b-5071-4318-bcf7-6a40da00fca9
-- level: informational
-- technique: T1595.001
SELECT version, account_id, interface_id, srcaddr, dstaddr, srcport, dstport, protocol, packets, bytes,
  "start" AS "start", "end" AS "end", action, log_status, vpc_id, subnet_id, instance_id, tcp_flags,
  "type" AS "type", pkt_srcaddr, pkt_dstaddr, region, az_id, sublocation_type, sublocation_id,
  pkt_src_aws_service, pkt_dst_aws_service, flow_direction, traffic_path
FROM vpc_flow_logs
WHERE "date" BETWEEN DATE '2026-03-10' AND DATE '2026-03-11'
  AND "start" >= 1773100800
  AND "start" < 1773187200
  AND lower(nullif(action, '-')) = 'reject'
  AND nullif(srcaddr, '-') IS NOT NULL
  AND NOT COALESCE(
    (
      regexp_like(nullif(srcaddr, '-'), '\A[0-9.]+\z')
      AND contains('10.0.0.0/8', try_cast(nullif(srcaddr, '-') AS ipaddress))
    )
    OR (
      regexp_like(nullif(srcaddr, '-'), '\A[0-9.]+\z')
      AND contains('172.16.0.0/12', try_cast(nullif(srcaddr, '-') AS ipaddress))
    )
    OR (
      regexp_like(nullif(srcaddr, '-'), '\A[0-9.]+\z')
      AND contains('192.168.0.0/16', try_cast(nullif(srcaddr, '-') AS ipaddress))
    )
    OR (
      regexp_like(nullif(srcaddr, '-'), '\A[0-9.]+\z')
      AND contains('100.64.0.0/10', try_cast(nullif(srcaddr, '-') AS ipaddress))
    )
    OR (
      regexp_like(nullif(srcaddr, '-'), '\A[0-9.]+\z')
      AND contains('169.254.0.0/16', try_cast(nullif(srcaddr, '-') AS ipaddress))
    )
    OR (
      regexp_like(nullif(srcaddr, '-'), '\A[0-9.]+\z')
      AND contains('127.0.0.0/8', try_cast(nullif(srcaddr, '-') AS ipaddress))
    )
    OR (
      regexp_like(nullif(srcaddr, '-'), '\A[0-9a-fA-F:.]*:[0-9a-fA-F:.]*\z')
      AND contains('fc00::/7', try_cast(nullif(srcaddr, '-') AS ipaddress))
    )
    OR (
      regexp_like(nullif(srcaddr, '-'), '\A[0-9a-fA-F:.]*:[0-9a-fA-F:.]*\z')
      AND contains('fe80::/10', try_cast(nullif(srcaddr, '-') AS ipaddress))
    )
    OR (
      regexp_like(nullif(srcaddr, '-'), '\A[0-9a-fA-F:.]*:[0-9a-fA-F:.]*\z')
      AND contains('::1/128', try_cast(nullif(srcaddr, '-') AS ipaddress))
    )
    OR lower(nullif(flow_direction, '-')) = 'egress'
  , FALSE)
