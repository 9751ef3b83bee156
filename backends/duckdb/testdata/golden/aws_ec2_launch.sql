-- AWS EC2 Launch
-- id: dbc01b3d-2ea2-438c-a4e1-66c70794a750
-- level: informational
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND lower(eventSource) = 'ec2.amazonaws.com'
    AND lower(eventName) = 'runinstances'
    AND errorCode IS NULL
  )
ORDER BY _file, _index;
