-- AWS CloudTrail Event Selectors Changed
-- id: 84c39751-fd68-4fca-b9c4-134cb5cdd1b8
-- level: low
-- technique: T1685.002
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND lower(eventSource) = 'cloudtrail.amazonaws.com'
    AND lower(eventName) = 'puteventselectors'
    AND errorCode IS NULL
  )
ORDER BY _file, _index;
