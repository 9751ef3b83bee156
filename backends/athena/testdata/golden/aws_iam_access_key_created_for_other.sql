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
        coalesce(try_cast(json_extract(requestparameters, '$["userName"]') AS array(json)), ARRAY[json_extract(requestparameters, '$["userName"]')]),
        x -> lower(useridentity.username) = lower(coalesce(json_extract_scalar(x, '$'), nullif(json_format(x), 'null'))))
    )
    OR (
      lower(useridentity."type") = 'iamuser'
      AND any_match(
        flatten(transform(transform(coalesce(try_cast(json_extract(responseelements, '$["accessKey"]') AS array(json)), ARRAY[json_extract(responseelements, '$["accessKey"]')]), v -> json_extract(v, '$["userName"]')), v -> coalesce(try_cast(v AS array(json)), ARRAY[v]))),
        x -> lower(useridentity.username) = lower(coalesce(json_extract_scalar(x, '$'), nullif(json_format(x), 'null'))))
    )
    OR (
      lower(useridentity."type") = 'iamuser'
      AND NOT COALESCE(
        any_match(
          coalesce(try_cast(json_extract(requestparameters, '$["userName"]') AS array(json)), ARRAY[json_extract(requestparameters, '$["userName"]')]),
          x -> coalesce(json_extract_scalar(x, '$'), nullif(json_format(x), 'null')) IS NOT NULL)
        OR json_array_length(json_extract(requestparameters, '$["userName"]')) = 0
      , FALSE)
      AND NOT COALESCE(
        any_match(
          flatten(transform(transform(coalesce(try_cast(json_extract(responseelements, '$["accessKey"]') AS array(json)), ARRAY[json_extract(responseelements, '$["accessKey"]')]), v -> json_extract(v, '$["userName"]')), v -> coalesce(try_cast(v AS array(json)), ARRAY[v]))),
          x -> coalesce(json_extract_scalar(x, '$'), nullif(json_format(x), 'null')) IS NOT NULL)
        OR any_match(
          transform(coalesce(try_cast(json_extract(responseelements, '$["accessKey"]') AS array(json)), ARRAY[json_extract(responseelements, '$["accessKey"]')]), v -> json_extract(v, '$["userName"]')),
          x -> json_array_length(x) = 0)
      , FALSE)
    )
    OR (
      lower(useridentity."type") = 'root'
      AND NOT COALESCE(
        any_match(
          coalesce(try_cast(json_extract(requestparameters, '$["userName"]') AS array(json)), ARRAY[json_extract(requestparameters, '$["userName"]')]),
          x -> coalesce(json_extract_scalar(x, '$'), nullif(json_format(x), 'null')) IS NOT NULL)
        OR json_array_length(json_extract(requestparameters, '$["userName"]')) = 0
      , FALSE)
    )
  , FALSE)
