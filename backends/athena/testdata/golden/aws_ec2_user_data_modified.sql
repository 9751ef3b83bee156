-- AWS EC2 Instance User Data Modified
-- id: fbbb25d2-5560-494c-a19c-b3603cf7e07e
-- level: high
-- technique: T1059
SELECT useridentity."type" AS "userIdentity.type", useridentity.principalid AS "userIdentity.principalId",
  useridentity.arn AS "userIdentity.arn", useridentity.username AS "userIdentity.userName",
  useridentity.invokedby AS "userIdentity.invokedBy", eventtime, eventsource, eventname, awsregion,
  sourceipaddress, useragent, errorcode, requestparameters, eventid, recipientaccountid
FROM cloudtrail_logs_pp
WHERE "timestamp" BETWEEN '2026/03/10' AND '2026/03/11'
  AND eventtime >= '2026-03-10T00:00:00'
  AND eventtime < '2026-03-11T00:00:00'
  AND lower(eventsource) = 'ec2.amazonaws.com'
  AND lower(eventname) = 'modifyinstanceattribute'
  AND errorcode IS NULL
  AND (
    any_match(
      reduce(ARRAY['$', '$', '$["userData"]', '$', '$', '$'], ARRAY[json_extract(requestparameters, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) IS NOT NULL THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
      x -> coalesce(json_extract_scalar(x, '$'), nullif(json_format(element_at(CAST(json_extract(concat('[', json_format(x), ']'), '$') AS array(json)), 1)), 'null')) IS NOT NULL)
    OR any_match(
      reduce(ARRAY['$', '$', '$["attribute"]', '$', '$', '$'], ARRAY[json_extract(requestparameters, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) IS NOT NULL THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
      x -> lower(json_extract_scalar(x, '$')) = 'userdata')
  )
