-- AWS EC2 Instance Connect SSH Public Key Sent
-- id: 0e06d733-7b19-432c-9d26-fb879987e73d
-- level: medium
-- technique: T1021.008, T1021.004
SELECT eventtime, eventid, eventname, requestparameters, useridentity, sourceipaddress, useragent, awsregion, recipientaccountid, eventsource, errorcode
FROM cloudtrail_logs_pp
WHERE "timestamp" BETWEEN '2026/03/10' AND '2026/03/11'
  AND eventtime >= '2026-03-10T00:00:00'
  AND eventtime < '2026-03-11T00:00:00'
  AND lower(eventsource) = 'ec2-instance-connect.amazonaws.com'
  AND lower(eventname) = 'sendsshpublickey'
  AND errorcode IS NULL
