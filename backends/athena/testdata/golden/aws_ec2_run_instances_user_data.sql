-- AWS EC2 Instances Launched With User Data
-- id: 6564b2c3-7e91-4ca8-b481-2f9241962591
-- level: low
-- technique: T1059, T1578.002
SELECT useridentity."type" AS "userIdentity.type", useridentity.principalid AS "userIdentity.principalId",
  useridentity.arn AS "userIdentity.arn", useridentity.username AS "userIdentity.userName",
  useridentity.invokedby AS "userIdentity.invokedBy", eventtime, eventsource, eventname, awsregion,
  sourceipaddress, useragent, errorcode, requestparameters, responseelements, eventid,
  recipientaccountid
FROM cloudtrail_logs_pp
WHERE "timestamp" BETWEEN '2026/03/10' AND '2026/03/11'
  AND eventtime >= '2026-03-10T00:00:00'
  AND eventtime < '2026-03-11T00:00:00'
  AND lower(eventsource) = 'ec2.amazonaws.com'
  AND lower(eventname) = 'runinstances'
  AND errorcode IS NULL
  AND any_match(
    reduce(ARRAY['$', '$', '$["userData"]', '$', '$', '$'], ARRAY[json_extract(requestparameters, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) IS NOT NULL THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
    x -> lower(CASE WHEN regexp_like(json_format(x), '\A-?[0-9]{1,20}(\.[0-9]{1,17}(E[0-9]{1,2})?|E[0-9]{1,2})\z') THEN coalesce(regexp_replace(CAST(try_cast(json_format(x) AS decimal(38,17)) AS varchar), '\.?0*\z', ''), coalesce(json_extract_scalar(x, '$'), nullif(json_format(element_at(CAST(json_extract(concat('[', json_format(x), ']'), '$') AS array(json)), 1)), 'null'))) ELSE CASE WHEN regexp_like(json_format(x), '\A-?[0-9]\.[0-9]{1,17}E-(1?[0-9]|20)\z') THEN coalesce(regexp_replace(CAST(try_cast(json_format(x) AS decimal(38,37)) AS varchar), '\.?0*\z', ''), coalesce(json_extract_scalar(x, '$'), nullif(json_format(element_at(CAST(json_extract(concat('[', json_format(x), ']'), '$') AS array(json)), 1)), 'null'))) ELSE coalesce(json_extract_scalar(x, '$'), nullif(json_format(element_at(CAST(json_extract(concat('[', json_format(x), ']'), '$') AS array(json)), 1)), 'null')) END END) LIKE '_%')
