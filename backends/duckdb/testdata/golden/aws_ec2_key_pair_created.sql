-- AWS EC2 Key Pair Created
-- id: feb0ffb4-8b90-4539-8d6d-4188be32c263
-- level: low
-- technique: T1098.001
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND lower(eventSource) = 'ec2.amazonaws.com'
    AND lower(eventName) = 'createkeypair'
    AND errorCode IS NULL
  )
ORDER BY _file, _index;
