-- AWS CloudTrail Trail Deleted
-- id: 7f1fbda4-13f2-46b0-8af8-94a7fb697660
-- level: high
-- technique: T1685.002
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND lower(eventSource) = 'cloudtrail.amazonaws.com'
    AND lower(eventName) = 'deletetrail'
    AND errorCode IS NULL
  )
ORDER BY _file, _index;
