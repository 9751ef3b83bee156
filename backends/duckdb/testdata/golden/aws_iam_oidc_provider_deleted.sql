-- AWS IAM OpenID Connect Provider Deleted
-- id: 2b75b2d8-ae37-4275-ac86-0c2bd85c5f6f
-- level: medium
-- technique: T1531
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND lower(eventSource) = 'iam.amazonaws.com'
    AND lower(eventName) = 'deleteopenidconnectprovider'
    AND errorCode IS NULL
  )
ORDER BY _file, _index;
