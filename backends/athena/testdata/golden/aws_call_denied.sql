-- AWS Call Denied
-- id: 0bcc0d1c-d5a9-4145-99ba-695ab78d8387
-- level: informational
SELECT useridentity."type" AS "userIdentity.type", useridentity.principalid AS "userIdentity.principalId",
  useridentity.arn AS "userIdentity.arn", useridentity.username AS "userIdentity.userName",
  useridentity.invokedby AS "userIdentity.invokedBy", eventtime, eventsource, eventname, awsregion,
  sourceipaddress, useragent, errorcode, requestparameters, eventid, recipientaccountid
FROM cloudtrail_logs_pp
WHERE "timestamp" BETWEEN '2026/03/10' AND '2026/03/11'
  AND eventtime >= '2026-03-10T00:00:00'
  AND eventtime < '2026-03-11T00:00:00'
  AND (
    strpos(lower(replace(errorcode, 'İ', chr(65535))), 'accessdenied') > 0
    OR strpos(lower(replace(errorcode, 'İ', chr(65535))), 'unauthorizedoperation') > 0
  )
