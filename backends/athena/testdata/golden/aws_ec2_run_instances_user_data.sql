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
  AND any_match(
    coalesce(try_cast(json_extract(requestparameters, '$["userData"]') AS array(json)), ARRAY[json_extract(requestparameters, '$["userData"]')]),
    x -> lower(coalesce(json_extract_scalar(x, '$'), nullif(json_format(x), 'null'))) LIKE '_%')
  AND errorcode IS NULL
