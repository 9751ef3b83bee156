-- AWS EC2 Key Pair Imported
-- id: afc7a2c8-1718-4515-9457-9edbc4a55fb1
-- level: medium
-- technique: T1098.001
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND lower(eventSource) = 'ec2.amazonaws.com'
    AND lower(eventName) = 'importkeypair'
    AND errorCode IS NULL
  )
ORDER BY _file, _index;
