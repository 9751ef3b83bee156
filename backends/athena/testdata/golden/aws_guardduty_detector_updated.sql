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
      coalesce(try_cast(json_extract(requestparameters, '$["enable"]') AS array(json)), ARRAY[json_extract(requestparameters, '$["enable"]')]),
      x -> lower(json_extract_scalar(x, '$')) = 'false')
    OR any_match(
      coalesce(try_cast(json_extract(requestparameters, '$["findingPublishingFrequency"]') AS array(json)), ARRAY[json_extract(requestparameters, '$["findingPublishingFrequency"]')]),
      x -> lower(json_extract_scalar(x, '$')) = 'six_hours')
    OR any_match(
      flatten(transform(transform(flatten(transform(transform(coalesce(try_cast(json_extract(requestparameters, '$["dataSources"]') AS array(json)), ARRAY[json_extract(requestparameters, '$["dataSources"]')]), v -> json_extract(v, '$["s3Logs"]')), v -> coalesce(try_cast(v AS array(json)), ARRAY[v]))), v -> json_extract(v, '$["enable"]')), v -> coalesce(try_cast(v AS array(json)), ARRAY[v]))),
      x -> lower(json_extract_scalar(x, '$')) = 'false')
    OR any_match(
      flatten(transform(transform(flatten(transform(transform(flatten(transform(transform(coalesce(try_cast(json_extract(requestparameters, '$["dataSources"]') AS array(json)), ARRAY[json_extract(requestparameters, '$["dataSources"]')]), v -> json_extract(v, '$["kubernetes"]')), v -> coalesce(try_cast(v AS array(json)), ARRAY[v]))), v -> json_extract(v, '$["auditLogs"]')), v -> coalesce(try_cast(v AS array(json)), ARRAY[v]))), v -> json_extract(v, '$["enable"]')), v -> coalesce(try_cast(v AS array(json)), ARRAY[v]))),
      x -> lower(json_extract_scalar(x, '$')) = 'false')
    OR any_match(
      flatten(transform(transform(flatten(transform(transform(flatten(transform(transform(coalesce(try_cast(json_extract(requestparameters, '$["dataSources"]') AS array(json)), ARRAY[json_extract(requestparameters, '$["dataSources"]')]), v -> json_extract(v, '$["malwareProtection"]')), v -> coalesce(try_cast(v AS array(json)), ARRAY[v]))), v -> json_extract(v, '$["scanEc2InstanceWithFindings"]')), v -> coalesce(try_cast(v AS array(json)), ARRAY[v]))), v -> json_extract(v, '$["ebsVolumes"]')), v -> coalesce(try_cast(v AS array(json)), ARRAY[v]))),
      x -> lower(json_extract_scalar(x, '$')) = 'false')
    OR any_match(
      flatten(transform(transform(coalesce(try_cast(json_extract(requestparameters, '$["features"]') AS array(json)), ARRAY[json_extract(requestparameters, '$["features"]')]), v -> json_extract(v, '$["status"]')), v -> coalesce(try_cast(v AS array(json)), ARRAY[v]))),
      x -> lower(json_extract_scalar(x, '$')) = 'disabled')
    OR any_match(
      flatten(transform(transform(flatten(transform(transform(coalesce(try_cast(json_extract(requestparameters, '$["features"]') AS array(json)), ARRAY[json_extract(requestparameters, '$["features"]')]), v -> json_extract(v, '$["additionalConfiguration"]')), v -> coalesce(try_cast(v AS array(json)), ARRAY[v]))), v -> json_extract(v, '$["status"]')), v -> coalesce(try_cast(v AS array(json)), ARRAY[v]))),
      x -> lower(json_extract_scalar(x, '$')) = 'disabled')
  , FALSE)
