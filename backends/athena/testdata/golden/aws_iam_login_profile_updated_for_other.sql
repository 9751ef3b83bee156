-- AWS Console Password Changed for Another IAM User
-- id: 2416c699-362a-403d-a3f6-1c215f39f907
-- level: medium
-- technique: T1098
SELECT useridentity."type" AS "userIdentity.type", useridentity.principalid AS "userIdentity.principalId",
  useridentity.arn AS "userIdentity.arn", useridentity.username AS "userIdentity.userName",
  useridentity.invokedby AS "userIdentity.invokedBy", eventtime, eventsource, eventname, awsregion,
  sourceipaddress, useragent, errorcode, requestparameters, eventid, recipientaccountid
FROM cloudtrail_logs_pp
WHERE "timestamp" BETWEEN '2026/03/10' AND '2026/03/11'
  AND eventtime >= '2026-03-10T00:00:00'
  AND eventtime < '2026-03-11T00:00:00'
  AND lower(eventsource) = 'iam.amazonaws.com'
  AND lower(eventname) = 'updateloginprofile'
  AND errorcode IS NULL
  AND NOT COALESCE(
    lower(useridentity."type") = 'iamuser'
    AND any_match(
      coalesce(try_cast(json_extract(requestparameters, '$["userName"]') AS array(json)), ARRAY[json_extract(requestparameters, '$["userName"]')]),
      x -> lower(useridentity.username) = lower(coalesce(json_extract_scalar(x, '$'), nullif(json_format(x), 'null'))))
  , FALSE)
