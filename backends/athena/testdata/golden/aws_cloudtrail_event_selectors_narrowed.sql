-- AWS CloudTrail Event Selectors Narrowed
-- id: 4fc7161f-5c48-4106-b0fd-492bc3bce3f6
-- level: high
-- technique: T1685.002
SELECT useridentity."type" AS "userIdentity.type", useridentity.principalid AS "userIdentity.principalId",
  useridentity.arn AS "userIdentity.arn", useridentity.username AS "userIdentity.userName",
  useridentity.invokedby AS "userIdentity.invokedBy", eventtime, eventsource, eventname, awsregion,
  sourceipaddress, useragent, errorcode, requestparameters, eventid, recipientaccountid
FROM cloudtrail_logs_pp
WHERE "timestamp" BETWEEN '2026/03/10' AND '2026/03/11'
  AND eventtime >= '2026-03-10T00:00:00'
  AND eventtime < '2026-03-11T00:00:00'
  AND lower(eventsource) = 'cloudtrail.amazonaws.com'
  AND lower(eventname) = 'puteventselectors'
  AND errorcode IS NULL
  AND (
    any_match(
      flatten(transform(transform(coalesce(try_cast(json_extract(requestparameters, '$["eventSelectors"]') AS array(json)), ARRAY[json_extract(requestparameters, '$["eventSelectors"]')]), v -> json_extract(v, '$["includeManagementEvents"]')), v -> coalesce(try_cast(v AS array(json)), ARRAY[v]))),
      x -> lower(json_extract_scalar(x, '$')) = 'false')
    OR any_match(
      flatten(transform(transform(coalesce(try_cast(json_extract(requestparameters, '$["eventSelectors"]') AS array(json)), ARRAY[json_extract(requestparameters, '$["eventSelectors"]')]), v -> json_extract(v, '$["readWriteType"]')), v -> coalesce(try_cast(v AS array(json)), ARRAY[v]))),
      x -> lower(json_extract_scalar(x, '$')) IN ('readonly', 'writeonly'))
    OR any_match(
      flatten(transform(transform(coalesce(try_cast(json_extract(requestparameters, '$["eventSelectors"]') AS array(json)), ARRAY[json_extract(requestparameters, '$["eventSelectors"]')]), v -> json_extract(v, '$["excludeManagementEventSources"]')), v -> coalesce(try_cast(v AS array(json)), ARRAY[v]))),
      x -> lower(coalesce(json_extract_scalar(x, '$'), nullif(json_format(x), 'null'))) IS NOT NULL)
    OR any_match(
      flatten(transform(transform(flatten(transform(transform(coalesce(try_cast(json_extract(requestparameters, '$["advancedEventSelectors"]') AS array(json)), ARRAY[json_extract(requestparameters, '$["advancedEventSelectors"]')]), v -> json_extract(v, '$["fieldSelectors"]')), v -> coalesce(try_cast(v AS array(json)), ARRAY[v]))), v -> json_extract(v, '$["field"]')), v -> coalesce(try_cast(v AS array(json)), ARRAY[v]))),
      x -> lower(json_extract_scalar(x, '$')) IN ('eventsource', 'readonly', 'sessioncredentialfromconsole', 'useridentity.arn'))
    OR (
      any_match(
        flatten(transform(transform(flatten(transform(transform(coalesce(try_cast(json_extract(requestparameters, '$["advancedEventSelectors"]') AS array(json)), ARRAY[json_extract(requestparameters, '$["advancedEventSelectors"]')]), v -> json_extract(v, '$["fieldSelectors"]')), v -> coalesce(try_cast(v AS array(json)), ARRAY[v]))), v -> json_extract(v, '$["field"]')), v -> coalesce(try_cast(v AS array(json)), ARRAY[v]))),
        x -> lower(coalesce(json_extract_scalar(x, '$'), nullif(json_format(x), 'null'))) IS NOT NULL)
      AND NOT COALESCE(
        any_match(
          flatten(transform(transform(flatten(transform(transform(coalesce(try_cast(json_extract(requestparameters, '$["advancedEventSelectors"]') AS array(json)), ARRAY[json_extract(requestparameters, '$["advancedEventSelectors"]')]), v -> json_extract(v, '$["fieldSelectors"]')), v -> coalesce(try_cast(v AS array(json)), ARRAY[v]))), v -> json_extract(v, '$["equals"]')), v -> coalesce(try_cast(v AS array(json)), ARRAY[v]))),
          x -> lower(json_extract_scalar(x, '$')) = 'management')
      , FALSE)
    )
  )
