-- AWS VPC Flow Logs Deleted
-- id: 3ea0c758-3dc3-4177-9bb0-2970ca85a25b
-- level: high
-- technique: T1685.002
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND lower(eventSource) = 'ec2.amazonaws.com'
    AND lower(eventName) = 'deleteflowlogs'
    AND errorCode IS NULL
  )
ORDER BY _file, _index;
