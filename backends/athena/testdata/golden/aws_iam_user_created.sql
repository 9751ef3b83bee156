-- AWS IAM User Created
-- id: 8e3cecf9-5813-4c33-920e-658a69fdb398
-- level: low
-- technique: T1136.003
SELECT eventtime, eventid, eventname, requestparameters, responseelements, useridentity, sourceipaddress, useragent, recipientaccountid, eventsource, awsregion, errorcode
FROM cloudtrail_logs_pp
WHERE "timestamp" BETWEEN '2026/03/10' AND '2026/03/11'
  AND eventtime >= '2026-03-10T00:00:00'
  AND eventtime < '2026-03-11T00:00:00'
  AND lower(eventsource) = 'iam.amazonaws.com'
  AND lower(eventname) = 'createuser'
  AND errorcode IS NULL
