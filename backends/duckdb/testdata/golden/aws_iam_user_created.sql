-- AWS IAM User Created
-- id: 8e3cecf9-5813-4c33-920e-658a69fdb398
-- level: low
-- technique: T1136.003
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND lower(eventSource) = 'iam.amazonaws.com'
    AND lower(eventName) = 'createuser'
    AND errorCode IS NULL
  )
ORDER BY _file, _index;
