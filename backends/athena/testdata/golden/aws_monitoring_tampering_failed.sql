-- AWS Monitoring Tampering Attempt Failed
-- id: 64ae23e8-8abe-408d-9524-101e2de4b64e
-- level: medium
-- technique: T1685, T1685.002
SELECT useridentity."type" AS "userIdentity.type", useridentity.principalid AS "userIdentity.principalId",
  useridentity.arn AS "userIdentity.arn", useridentity.username AS "userIdentity.userName",
  useridentity.invokedby AS "userIdentity.invokedBy", eventtime, eventsource, eventname, awsregion,
  sourceipaddress, useragent, errorcode, errormessage, requestparameters, eventid, recipientaccountid
FROM cloudtrail_logs_pp
WHERE "timestamp" BETWEEN '2026/03/10' AND '2026/03/11'
  AND eventtime >= '2026-03-10T00:00:00'
  AND eventtime < '2026-03-11T00:00:00'
  AND (
    (
      lower(eventsource) = 'cloudtrail.amazonaws.com'
      AND lower(eventname) IN ('deletetrail', 'puteventselectors', 'stoplogging', 'updatetrail')
    )
    OR (lower(eventsource) = 'ec2.amazonaws.com' AND lower(eventname) = 'deleteflowlogs')
    OR (
      lower(eventsource) = 'guardduty.amazonaws.com'
      AND lower(eventname) IN ('createipset', 'deletedetector', 'updatedetector', 'updateipset')
    )
  )
  AND NOT COALESCE(errorcode IS NULL, FALSE)
