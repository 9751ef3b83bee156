-- AWS Root User Access Key Created
-- id: 9f3dc6aa-640d-42af-8501-c5f9c82e5fed
-- level: high
-- technique: T1098.001
SELECT useridentity."type" AS "userIdentity.type", useridentity.principalid AS "userIdentity.principalId",
  useridentity.arn AS "userIdentity.arn", useridentity.username AS "userIdentity.userName",
  useridentity.invokedby AS "userIdentity.invokedBy", eventtime, eventsource, eventname, awsregion,
  sourceipaddress, useragent, errorcode, requestparameters, responseelements, eventid,
  recipientaccountid
FROM cloudtrail_logs_pp
WHERE "timestamp" BETWEEN '2026/03/10' AND '2026/03/11'
  AND eventtime >= '2026-03-10T00:00:00'
  AND eventtime < '2026-03-11T00:00:00'
  AND lower(eventsource) = 'iam.amazonaws.com'
  AND lower(eventname) = 'createaccesskey'
  AND lower(useridentity."type") = 'root'
  AND errorcode IS NULL
  AND NOT COALESCE(
    any_match(
      reduce(ARRAY['$', '$', '$["userName"]', '$', '$', '$'], ARRAY[json_extract(requestparameters, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) > 0 THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
      x -> json_format(x) <> 'null')
  , FALSE)
