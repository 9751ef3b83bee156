-- AWS Access Key Created for Another IAM User
-- id: f1a49c3b-44d6-486e-9c50-72c630637005
-- level: medium
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
  AND errorcode IS NULL
  AND NOT COALESCE(
    (
      lower(useridentity."type") = 'iamuser'
      AND any_match(
        reduce(ARRAY['$', '$', '$["userName"]', '$', '$', '$'], ARRAY[json_extract(requestparameters, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) IS NOT NULL THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
        x -> lower(replace(useridentity.username, 'İ', chr(65535))) = lower(replace(CASE WHEN regexp_like(json_format(x), '\A-?[0-9]{1,20}(\.[0-9]{1,17}(E[0-9]{1,2})?|E[0-9]{1,2})\z') THEN coalesce(regexp_replace(CAST(try_cast(json_format(x) AS decimal(38,17)) AS varchar), '\.?0*\z', ''), coalesce(json_extract_scalar(x, '$'), nullif(json_format(element_at(CAST(json_extract(concat('[', json_format(x), ']'), '$') AS array(json)), 1)), 'null'))) ELSE CASE WHEN regexp_like(json_format(x), '\A-?[0-9]\.[0-9]{1,17}E-(1?[0-9]|20)\z') THEN coalesce(regexp_replace(CAST(try_cast(json_format(x) AS decimal(38,37)) AS varchar), '\.?0*\z', ''), coalesce(json_extract_scalar(x, '$'), nullif(json_format(element_at(CAST(json_extract(concat('[', json_format(x), ']'), '$') AS array(json)), 1)), 'null'))) ELSE coalesce(json_extract_scalar(x, '$'), nullif(json_format(element_at(CAST(json_extract(concat('[', json_format(x), ']'), '$') AS array(json)), 1)), 'null')) END END, 'İ', chr(65535))))
    )
    OR (
      lower(useridentity."type") = 'iamuser'
      AND any_match(
        reduce(ARRAY['$', '$', '$["accessKey"]', '$', '$', '$["userName"]', '$', '$', '$'], ARRAY[json_extract(responseelements, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) IS NOT NULL THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
        x -> lower(replace(useridentity.username, 'İ', chr(65535))) = lower(replace(CASE WHEN regexp_like(json_format(x), '\A-?[0-9]{1,20}(\.[0-9]{1,17}(E[0-9]{1,2})?|E[0-9]{1,2})\z') THEN coalesce(regexp_replace(CAST(try_cast(json_format(x) AS decimal(38,17)) AS varchar), '\.?0*\z', ''), coalesce(json_extract_scalar(x, '$'), nullif(json_format(element_at(CAST(json_extract(concat('[', json_format(x), ']'), '$') AS array(json)), 1)), 'null'))) ELSE CASE WHEN regexp_like(json_format(x), '\A-?[0-9]\.[0-9]{1,17}E-(1?[0-9]|20)\z') THEN coalesce(regexp_replace(CAST(try_cast(json_format(x) AS decimal(38,37)) AS varchar), '\.?0*\z', ''), coalesce(json_extract_scalar(x, '$'), nullif(json_format(element_at(CAST(json_extract(concat('[', json_format(x), ']'), '$') AS array(json)), 1)), 'null'))) ELSE coalesce(json_extract_scalar(x, '$'), nullif(json_format(element_at(CAST(json_extract(concat('[', json_format(x), ']'), '$') AS array(json)), 1)), 'null')) END END, 'İ', chr(65535))))
    )
    OR (
      lower(useridentity."type") = 'iamuser'
      AND NOT COALESCE(
        any_match(
          reduce(ARRAY['$', '$', '$["userName"]', '$', '$', '$'], ARRAY[json_extract(requestparameters, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) > 0 THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
          x -> json_format(x) <> 'null')
      , FALSE)
      AND NOT COALESCE(
        any_match(
          reduce(ARRAY['$', '$', '$["accessKey"]', '$', '$', '$["userName"]', '$', '$', '$'], ARRAY[json_extract(responseelements, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) > 0 THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
          x -> json_format(x) <> 'null')
      , FALSE)
    )
    OR (
      lower(useridentity."type") = 'root'
      AND NOT COALESCE(
        any_match(
          reduce(ARRAY['$', '$', '$["userName"]', '$', '$', '$'], ARRAY[json_extract(requestparameters, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) > 0 THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
          x -> json_format(x) <> 'null')
      , FALSE)
    )
  , FALSE)
