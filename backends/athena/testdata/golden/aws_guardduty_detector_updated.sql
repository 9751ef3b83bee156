-- AWS GuardDuty Detector Updated
-- id: 3e21f910-a017-4f56-b65c-aec46fc88663
-- level: low
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
  AND lower(eventname) = 'updatedetector'
  AND errorcode IS NULL
  AND NOT COALESCE(
    any_match(
      reduce(ARRAY['$', '$', '$["enable"]', '$', '$', '$'], ARRAY[json_extract(requestparameters, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) IS NOT NULL THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
      x -> lower(json_extract_scalar(x, '$')) = 'false')
    OR any_match(
      reduce(ARRAY['$', '$', '$["findingPublishingFrequency"]', '$', '$', '$'], ARRAY[json_extract(requestparameters, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) IS NOT NULL THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
      x -> lower(replace(json_extract_scalar(x, '$'), 'İ', chr(65535))) = 'six_hours')
    OR any_match(
      reduce(ARRAY['$', '$', '$["dataSources"]', '$', '$', '$["s3Logs"]', '$', '$', '$["enable"]', '$', '$', '$'], ARRAY[json_extract(requestparameters, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) IS NOT NULL THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
      x -> lower(json_extract_scalar(x, '$')) = 'false')
    OR any_match(
      reduce(ARRAY['$', '$', '$["dataSources"]', '$', '$', '$["kubernetes"]', '$', '$', '$["auditLogs"]', '$', '$', '$["enable"]', '$', '$', '$'], ARRAY[json_extract(requestparameters, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) IS NOT NULL THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
      x -> lower(json_extract_scalar(x, '$')) = 'false')
    OR any_match(
      reduce(ARRAY['$', '$', '$["dataSources"]', '$', '$', '$["malwareProtection"]', '$', '$', '$["scanEc2InstanceWithFindings"]', '$', '$', '$["ebsVolumes"]', '$', '$', '$'], ARRAY[json_extract(requestparameters, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) IS NOT NULL THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
      x -> lower(json_extract_scalar(x, '$')) = 'false')
    OR any_match(
      reduce(ARRAY['$', '$', '$["features"]', '$', '$', '$["status"]', '$', '$', '$'], ARRAY[json_extract(requestparameters, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) IS NOT NULL THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
      x -> lower(replace(json_extract_scalar(x, '$'), 'İ', chr(65535))) = 'disabled')
    OR any_match(
      reduce(ARRAY['$', '$', '$["features"]', '$', '$', '$["additionalConfiguration"]', '$', '$', '$["status"]', '$', '$', '$'], ARRAY[json_extract(requestparameters, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) IS NOT NULL THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
      x -> lower(replace(json_extract_scalar(x, '$'), 'İ', chr(65535))) = 'disabled')
  , FALSE)
