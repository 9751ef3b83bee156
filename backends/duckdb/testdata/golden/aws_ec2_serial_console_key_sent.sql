-- AWS EC2 Serial Console SSH Public Key Sent
-- id: a64bd244-ff75-4162-acb4-1f77c06df0ec
-- level: high
-- technique: T1021.008
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND lower(eventSource) = 'ec2-instance-connect.amazonaws.com'
    AND lower(eventName) = 'sendserialconsolesshpublickey'
  )
ORDER BY _file, _index;
