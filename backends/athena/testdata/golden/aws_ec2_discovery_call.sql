-- AWS EC2 Discovery Call
-- id: 5f4f476f-50d8-4149-b46a-fb5ff114f8b6
-- level: informational
-- technique: T1580
SELECT useridentity."type" AS "userIdentity.type", useridentity.principalid AS "userIdentity.principalId",
  useridentity.arn AS "userIdentity.arn", useridentity.username AS "userIdentity.userName",
  useridentity.invokedby AS "userIdentity.invokedBy", eventtime, eventsource, eventname, awsregion,
  sourceipaddress, useragent, errorcode, requestparameters, eventid, recipientaccountid
FROM cloudtrail_logs_pp
WHERE "timestamp" BETWEEN '2026/03/10' AND '2026/03/11'
  AND eventtime >= '2026-03-10T00:00:00'
  AND eventtime < '2026-03-11T00:00:00'
  AND lower(eventsource) = 'ec2.amazonaws.com'
  AND lower(eventname) IN ('describeaccountattributes', 'describeavailabilityzones', 'describecapacityreservations', 'describehostreservations', 'describeimages', 'describeinstances', 'describeinstancetypeofferings', 'describeinstancetypes', 'describekeypairs', 'describelaunchtemplates', 'describeregions', 'describesecuritygroups', 'describesnapshots')
