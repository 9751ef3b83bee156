-- AWS GuardDuty Trusted IP List Created or Updated
-- id: c615cea2-059f-472a-9639-320005b18972
-- level: medium
-- technique: T1685
SELECT useridentity."type" AS "userIdentity.type", useridentity.principalid AS "userIdentity.principalId",
  useridentity.arn AS "userIdentity.arn", useridentity.username AS "userIdentity.userName",
  useridentity.invokedby AS "userIdentity.invokedBy", eventtime, eventsource, eventname, awsregion,
  sourceipaddress, useragent, errorcode, requestparameters, eventid, recipientaccountid
FROM cloudtrail_logs_pp
WHERE "timestamp" BETWEEN '2026/03/10' AND '2026/03/11'
  AND eventtime >= '2026-03-10T00:00:00'
  AND eventtime < '2026-03-11T00:00:00'
  AND lower(eventsource) = 'guardduty.amazonaws.com'
  AND lower(eventname) IN ('createipset', 'updateipset')
  AND errorcode IS NULL
