-- AWS EC2 Instance Export Task Created
-- id: aaa7a84c-c6a6-4aaa-94ab-7afb070b1996
-- level: medium
-- technique: T1537, T1005
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND lower(eventSource) = 'ec2.amazonaws.com'
    AND lower(eventName) = 'createinstanceexporttask'
    AND errorCode IS NULL
  )
ORDER BY _file, _index;
