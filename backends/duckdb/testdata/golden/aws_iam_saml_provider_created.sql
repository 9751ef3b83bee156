-- AWS IAM SAML Provider Created
-- id: d2139cbc-865b-49af-8031-238749d61bea
-- level: medium
-- technique: T1484.002
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND lower(eventSource) = 'iam.amazonaws.com'
    AND lower(eventName) = 'createsamlprovider'
    AND errorCode IS NULL
  )
ORDER BY _file, _index;
