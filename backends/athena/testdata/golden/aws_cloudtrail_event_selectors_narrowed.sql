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
      reduce(ARRAY['$', '$', '$["eventSelectors"]', '$', '$', '$["includeManagementEvents"]', '$', '$', '$'], ARRAY[json_extract(requestparameters, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) IS NOT NULL THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
      x -> lower(json_extract_scalar(x, '$')) = 'false')
    OR any_match(
      reduce(ARRAY['$', '$', '$["eventSelectors"]', '$', '$', '$["readWriteType"]', '$', '$', '$'], ARRAY[json_extract(requestparameters, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) IS NOT NULL THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
      x -> lower(replace(json_extract_scalar(x, '$'), 'İ', chr(65535))) IN ('readonly', 'writeonly'))
    OR any_match(
      reduce(ARRAY['$', '$', '$["eventSelectors"]', '$', '$', '$["excludeManagementEventSources"]', '$', '$', '$'], ARRAY[json_extract(requestparameters, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) IS NOT NULL THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
      x -> coalesce(json_extract_scalar(x, '$'), nullif(json_format(element_at(CAST(json_extract(concat('[', json_format(x), ']'), '$') AS array(json)), 1)), 'null')) IS NOT NULL)
    OR any_match(
      reduce(ARRAY['$', '$', '$["advancedEventSelectors"]', '$', '$', '$["fieldSelectors"]', '$', '$', '$["field"]', '$', '$', '$'], ARRAY[json_extract(requestparameters, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) IS NOT NULL THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
      x -> lower(replace(json_extract_scalar(x, '$'), 'İ', chr(65535))) IN ('eventsource', 'readonly', 'sessioncredentialfromconsole', 'useridentity.arn'))
    OR (
      any_match(
        reduce(ARRAY['$', '$', '$["advancedEventSelectors"]', '$', '$', '$["fieldSelectors"]', '$', '$', '$["field"]', '$', '$', '$'], ARRAY[json_extract(requestparameters, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) IS NOT NULL THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
        x -> coalesce(json_extract_scalar(x, '$'), nullif(json_format(element_at(CAST(json_extract(concat('[', json_format(x), ']'), '$') AS array(json)), 1)), 'null')) IS NOT NULL)
      AND NOT COALESCE(
        any_match(
          reduce(ARRAY['$', '$', '$["advancedEventSelectors"]', '$', '$', '$["fieldSelectors"]', '$', '$', '$["equals"]', '$', '$', '$'], ARRAY[json_extract(requestparameters, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) IS NOT NULL THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
          x -> lower(json_extract_scalar(x, '$')) = 'management')
      , FALSE)
    )
  )
