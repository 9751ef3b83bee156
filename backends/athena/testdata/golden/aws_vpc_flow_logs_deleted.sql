-- AWS VPC Flow Logs Deleted
-- id: 3ea0c758-3dc3-4177-9bb0-2970ca85a25b
-- level: high
-- technique: T1685.002
SELECT useridentity."type" AS "userIdentity.type", useridentity.principalid AS "userIdentity.principalId",
  useridentity.arn AS "userIdentity.arn", useridentity.username AS "userIdentity.userName",
  useridentity.invokedby AS "userIdentity.invokedBy", eventtime, eventsource, eventname, awsregion,
  sourceipaddress, useragent, errorcode, requestparameters, eventid, recipientaccountid
FROM cloudtrail_logs_pp
WHERE "timestamp" BETWEEN '2026/03/10' AND '2026/03/11'
  AND eventtime >= '2026-03-10T00:00:00'
  AND eventtime < '2026-03-11T00:00:00'
  AND lower(eventsource) = 'ec2.amazonaws.com'
  AND lower(eventname) = 'deleteflowlogs'
  AND errorcode IS NULL
