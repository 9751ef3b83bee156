-- AWS CloudTrail Logging Stopped
-- id: 17ed8d55-1466-445e-af17-67981adb51e2
-- level: high
-- technique: T1685.002
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND lower(eventSource) = 'cloudtrail.amazonaws.com'
    AND lower(eventName) = 'stoplogging'
    AND errorCode IS NULL
  )
ORDER BY _file, _index;
