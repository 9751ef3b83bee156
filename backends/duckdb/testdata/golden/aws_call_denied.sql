-- AWS Call Denied
-- id: 0bcc0d1c-d5a9-4145-99ba-695ab78d8387
-- level: informational
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND (contains(lower(errorCode), 'accessdenied') OR contains(lower(errorCode), 'unauthorizedoperation'))
  )
ORDER BY _file, _index;
