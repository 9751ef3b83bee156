-- AWS GuardDuty Detector Deleted
-- id: f703a83f-e442-43a1-8aaf-0bdd79da6302
-- level: high
-- technique: T1685
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND lower(eventSource) = 'guardduty.amazonaws.com'
    AND lower(eventName) = 'deletedetector'
    AND errorCode IS NULL
  )
ORDER BY _file, _index;
