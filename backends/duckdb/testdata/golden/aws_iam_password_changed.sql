-- AWS IAM User Password Changed
-- id: ac73140d-25f4-42b0-9d1a-18831912b926
-- level: low
-- technique: T1098
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND lower(eventSource) = 'iam.amazonaws.com'
    AND lower(eventName) = 'changepassword'
    AND errorCode IS NULL
  )
ORDER BY _file, _index;
