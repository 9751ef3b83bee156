-- AWS IAM OpenID Connect Provider Changed
-- id: bd76b5f2-2565-4317-a496-e7907f75a1ef
-- level: medium
-- technique: T1484.002
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND lower(eventSource) = 'iam.amazonaws.com'
    AND lower(eventName) IN ('removeclientidfromopenidconnectprovider', 'updateopenidconnectproviderthumbprint')
    AND errorCode IS NULL
  )
ORDER BY _file, _index;
