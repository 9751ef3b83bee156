-- AWS CloudTrail Trail Updated
-- id: ca04e2b4-2422-4c5d-b062-6c7140b23673
-- level: medium
-- technique: T1685.002
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND lower(eventSource) = 'cloudtrail.amazonaws.com'
    AND lower(eventName) = 'updatetrail'
    AND errorCode IS NULL
  )
ORDER BY _file, _index;
