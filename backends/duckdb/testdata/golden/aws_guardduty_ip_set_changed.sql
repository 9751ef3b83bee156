-- AWS GuardDuty Trusted IP List Created or Updated
-- id: c615cea2-059f-472a-9639-320005b18972
-- level: medium
-- technique: T1685
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND lower(eventSource) = 'guardduty.amazonaws.com'
    AND lower(eventName) IN ('createipset', 'updateipset')
    AND errorCode IS NULL
  )
ORDER BY _file, _index;
