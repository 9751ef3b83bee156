-- AWS Trail Silenced
-- id: c9ce5ddc-2a52-483e-96df-d21e9d1f5c01
-- level: informational
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND lower(eventSource) = 'cloudtrail.amazonaws.com'
    AND lower(eventName) IN ('deletetrail', 'stoplogging')
    AND errorCode IS NULL
  )
ORDER BY _file, _index;
