-- AWS EC2 Instance Connect SSH Public Key Sent
-- id: 0e06d733-7b19-432c-9d26-fb879987e73d
-- level: medium
-- technique: T1021.008, T1021.004
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND lower(eventSource) = 'ec2-instance-connect.amazonaws.com'
    AND lower(eventName) = 'sendsshpublickey'
    AND errorCode IS NULL
  )
ORDER BY _file, _index;
