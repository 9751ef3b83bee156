-- AWS Quarantine Policy Attached to an IAM User
-- id: d31df0aa-b6aa-4e4d-997a-22dfe98b3a62
-- level: high
-- technique: T1552, T1078.004
SELECT useridentity."type" AS "userIdentity.type", useridentity.principalid AS "userIdentity.principalId",
  useridentity.arn AS "userIdentity.arn", useridentity.username AS "userIdentity.userName",
  useridentity.invokedby AS "userIdentity.invokedBy", eventtime, eventsource, eventname, awsregion,
  sourceipaddress, useragent, errorcode, requestparameters, eventid, recipientaccountid
FROM cloudtrail_logs_pp
WHERE "timestamp" BETWEEN '2026/03/10' AND '2026/03/11'
  AND eventtime >= '2026-03-10T00:00:00'
  AND eventtime < '2026-03-11T00:00:00'
  AND lower(eventsource) = 'iam.amazonaws.com'
  AND lower(eventname) = 'attachuserpolicy'
  AND any_match(
    reduce(ARRAY['$', '$', '$["policyArn"]', '$', '$', '$'], ARRAY[json_extract(requestparameters, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) IS NOT NULL THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
    x -> starts_with(lower(replace(json_extract_scalar(x, '$'), 'İ', chr(65535))), 'arn:aws:iam::aws:policy/awscompromisedkeyquarantine')
    OR starts_with(lower(replace(json_extract_scalar(x, '$'), 'İ', chr(65535))), 'arn:aws-cn:iam::aws:policy/awscompromisedkeyquarantine')
    OR starts_with(lower(replace(json_extract_scalar(x, '$'), 'İ', chr(65535))), 'arn:aws-us-gov:iam::aws:policy/awscompromisedkeyquarantine')
    OR starts_with(lower(replace(json_extract_scalar(x, '$'), 'İ', chr(65535))), 'arn:aws-eusc:iam::aws:policy/awscompromisedkeyquarantine'))
