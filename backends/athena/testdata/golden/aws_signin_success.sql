-- AWS Console Sign-In
-- id: 7ea3ef27-e2e9-4528-a4e0-689e1888df20
-- level: informational
SELECT useridentity."type" AS "userIdentity.type", useridentity.principalid AS "userIdentity.principalId",
  useridentity.arn AS "userIdentity.arn", useridentity.username AS "userIdentity.userName",
  useridentity.invokedby AS "userIdentity.invokedBy", eventtime, eventsource, eventname, awsregion,
  sourceipaddress, useragent, errorcode, requestparameters, eventid, recipientaccountid
FROM cloudtrail_logs_pp
WHERE "timestamp" BETWEEN '2026/03/10' AND '2026/03/11'
  AND eventtime >= '2026-03-10T00:00:00'
  AND eventtime < '2026-03-11T00:00:00'
  AND lower(eventsource) = 'signin.amazonaws.com'
  AND lower(eventname) = 'consolelogin'
  AND any_match(
    reduce(ARRAY['$', '$', '$["ConsoleLogin"]', '$', '$', '$'], ARRAY[json_extract(responseelements, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) IS NOT NULL THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
    x -> lower(json_extract_scalar(x, '$')) = 'success')
