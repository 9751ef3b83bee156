-- AWS EC2 Instance Export Task Created
-- id: aaa7a84c-c6a6-4aaa-94ab-7afb070b1996
-- level: medium
-- technique: T1537, T1005
SELECT useridentity."type" AS "userIdentity.type", useridentity.principalid AS "userIdentity.principalId",
  useridentity.arn AS "userIdentity.arn", useridentity.username AS "userIdentity.userName",
  useridentity.invokedby AS "userIdentity.invokedBy", eventtime, eventsource, eventname, awsregion,
  sourceipaddress, useragent, errorcode, requestparameters, eventid, recipientaccountid
FROM cloudtrail_logs_pp
WHERE "timestamp" BETWEEN '2026/03/10' AND '2026/03/11'
  AND eventtime >= '2026-03-10T00:00:00'
  AND eventtime < '2026-03-11T00:00:00'
  AND lower(eventsource) = 'ec2.amazonaws.com'
  AND lower(eventname) = 'createinstanceexporttask'
  AND errorcode IS NULL
