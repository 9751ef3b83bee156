-- AWS IAM SAML Provider Deleted
-- id: b76de112-f16f-4a0c-a7dc-4c2a3a2166e7
-- level: medium
-- technique: T1531
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND lower(eventSource) = 'iam.amazonaws.com'
    AND lower(eventName) = 'deletesamlprovider'
    AND errorCode IS NULL
  )
ORDER BY _file, _index;
