-- AWS IAM OpenID Connect Provider Created
-- id: 1b35eed6-2078-4f91-b1a0-f6eff0508b1c
-- level: medium
-- technique: T1484.002
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND lower(eventSource) = 'iam.amazonaws.com'
    AND lower(eventName) = 'createopenidconnectprovider'
    AND errorCode IS NULL
  )
ORDER BY _file, _index;
