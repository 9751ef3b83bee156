-- AWS IAM SAML Provider Updated
-- id: 0854b34c-7b56-4266-98a6-04593396af35
-- level: medium
-- technique: T1484.002
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND lower(eventSource) = 'iam.amazonaws.com'
    AND lower(eventName) = 'updatesamlprovider'
    AND errorCode IS NULL
  )
ORDER BY _file, _index;
