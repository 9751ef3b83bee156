-- AWS Monitoring Tampering Attempt Failed
-- id: 64ae23e8-8abe-408d-9524-101e2de4b64e
-- level: medium
-- technique: T1685, T1685.002
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND (
      (
        lower(eventSource) = 'cloudtrail.amazonaws.com'
        AND lower(eventName) IN ('deletetrail', 'puteventselectors', 'stoplogging', 'updatetrail')
      )
      OR (lower(eventSource) = 'ec2.amazonaws.com' AND lower(eventName) = 'deleteflowlogs')
      OR (
        lower(eventSource) = 'guardduty.amazonaws.com'
        AND lower(eventName) IN ('createipset', 'deletedetector', 'updatedetector', 'updateipset')
      )
    )
    AND NOT COALESCE(errorCode IS NULL, FALSE)
  )
ORDER BY _file, _index;
