-- AWS Access Key Created
-- id: 6b881677-6b5a-4b73-a944-72d1a7d32946
-- level: informational
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND lower(eventSource) = 'iam.amazonaws.com'
    AND lower(eventName) = 'createaccesskey'
    AND errorCode IS NULL
  )
ORDER BY _file, _index;
