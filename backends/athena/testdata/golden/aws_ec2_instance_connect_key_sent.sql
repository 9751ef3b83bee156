-- AWS EC2 Instance Connect SSH Public Key Sent
-- id: 0e06d733-7b19-432c-9d26-fb879987e73d
-- level: medium
-- technique: T1021.008, T1021.004
SELECT useridentity."type" AS "userIdentity.type", useridentity.principalid AS "userIdentity.principalId",
  useridentity.arn AS "userIdentity.arn", useridentity.username AS "userIdentity.userName",
  useridentity.invokedby AS "userIdentity.invokedBy", eventtime, eventsource, eventname, awsregion,
  sourceipaddress, useragent, errorcode, requestparameters, eventid, recipientaccountid
FROM cloudtrail_logs_pp
WHERE "timestamp" BETWEEN '2026/03/10' AND '2026/03/11'
  AND eventtime >= '2026-03-10T00:00:00'
  AND eventtime < '2026-03-11T00:00:00'
  AND lower(eventsource) = 'ec2-instance-connect.amazonaws.com'
  AND lower(eventname) = 'sendsshpublickey'
  AND errorcode IS NULL
