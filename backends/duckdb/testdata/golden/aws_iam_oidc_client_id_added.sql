-- AWS IAM OpenID Connect Client ID Added
-- id: 71c6bdae-751e-47dc-b8e3-d142d476fcac
-- level: medium
-- technique: T1484.002
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND lower(eventSource) = 'iam.amazonaws.com'
    AND lower(eventName) = 'addclientidtoopenidconnectprovider'
    AND errorCode IS NULL
  )
ORDER BY _file, _index;
