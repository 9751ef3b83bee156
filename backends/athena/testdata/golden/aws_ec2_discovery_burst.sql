-- AWS EC2 Discovery Burst
-- id: e2a214e8-bbe9-4675-9d52-490575ffc53d
-- level: medium
-- technique: T1580
WITH read_cloudtrail AS (
  SELECT FALSE AS odd,
    CASE WHEN regexp_like(eventtime, '\A(19[1-9]|20[0-9]|21[0-8])[0-9]-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|\+00:00)\z') THEN ((date_diff('second', TIMESTAMP '1970-01-01 00:00:00', try_cast(replace(substr(eventtime, 1, 19), 'T', ' ') AS timestamp(0))) * 1000000000) + CAST(rpad(coalesce(regexp_extract(eventtime, '\.([0-9]{1,9})', 1), '0'), 9, '0') AS BIGINT)) END AS t,
    nullif(eventid, '') AS id,
    useridentity.arn AS f1,
    recipientaccountid AS f2,
    eventname AS f3
  FROM cloudtrail_logs_pp
  WHERE "timestamp" BETWEEN '2026/03/09' AND '2026/03/11'
    AND eventtime >= '2026-03-09T23:00:00'
    AND eventtime < '2026-03-11T00:00:00'
    AND lower(eventsource) = 'ec2.amazonaws.com'
    AND lower(eventname) IN ('describeaccountattributes', 'describeavailabilityzones', 'describecapacityreservations', 'describehostreservations', 'describeimages', 'describeinstances', 'describeinstancetypeofferings', 'describeinstancetypes', 'describekeypairs', 'describelaunchtemplates', 'describeregions', 'describesecuritygroups', 'describesnapshots')
), seen AS (
  SELECT (odd OR t IS NULL OR id IS NULL) AS odd, 0 AS input, coalesce(t, 0) AS t, coalesce(id, '') AS id, 'cloudtrail' AS source, f1 AS g1, f2 AS g2, f3 AS v
  FROM read_cloudtrail
), around AS (
  SELECT odd, input, t, id, source, g1, g2, v, count(*) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN 1799999999999 PRECEDING AND 1799999999999 FOLLOWING) AS around,
    count(*) OVER (PARTITION BY t, id) AS deliveries
  FROM seen
  WHERE odd OR g1 IS NOT NULL AND g2 IS NOT NULL
), near AS (
  SELECT odd, input, t, id, source, g1, g2, v
  FROM around
  WHERE odd OR around >= 10 OR deliveries > 1
), once AS (
  SELECT DISTINCT odd, input, t, id, source, g1, g2, v
  FROM near
), events AS (
  SELECT (odd OR count(*) OVER (PARTITION BY t, id) > 1) AS odd, input, t, id, source, g1, g2, v
  FROM once
), spans AS (
  SELECT odd, t, id, source, g1, g2, v, ARRAY[0, 1] AS steps,
    least(coalesce(lead(t) OVER (PARTITION BY odd, g1, g2, v ORDER BY t), t + 1800000000000), t + 1800000000000) AS until
  FROM events
), edges AS (
  SELECT odd, t, id, source, g1, g2, v, until, step
  FROM spans CROSS JOIN UNNEST(steps) AS each (step)
), steps AS (
  SELECT odd, CASE WHEN step = 0 THEN t ELSE until END AS t, id, source, g1, g2, step = 0 AS arrives,
    CASE WHEN v IS NULL THEN 0 WHEN step = 0 THEN 1 ELSE -1 END AS rise
  FROM edges
), sums AS (
  SELECT odd, t, id, source, g1, g2, arrives, sum(rise) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS n
  FROM steps
), measured AS (
  SELECT odd, t, id, source, g1, g2, n
  FROM sums
  WHERE arrives
), judged AS (
  SELECT odd, t, id, source, g1, g2, CASE WHEN NOT odd AND n >= 10 THEN t END AS fires, CASE WHEN NOT odd AND n >= 10 THEN n END AS peak
  FROM measured
), fired AS (
  SELECT odd, t, id, source, g1, g2, peak, max(fires) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS former, min(fires) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS fired
  FROM judged
), runs AS (
  SELECT odd, t, id, source, g1, g2, peak, fired, max(CASE WHEN former IS NULL OR former <= fired - 1800000000000 THEN fired END) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS opens
  FROM fired
  WHERE odd OR fired < t + 1800000000000
), counted AS (
  SELECT odd, g1, g2, opens, t AS moment, id AS event, source AS origin, max(t) AS ends, max(peak) AS peak,
    min(CASE WHEN t = opens THEN ARRAY[id, source] END) AS opening, count(*) AS n
  FROM runs
  GROUP BY odd, g1, g2, opens, t, id, source
)
SELECT 'e2a214e8-bbe9-4675-9d52-490575ffc53d' AS rule,
  g1 AS "userIdentity.arn",
  g2 AS recipientAccountId,
  to_iso8601(from_unixtime_nanos(opens)) AS opened,
  element_at(opening, 1) AS opening_event,
  element_at(opening, 2) AS opening_source,
  to_iso8601(from_unixtime_nanos(begins)) AS first_event,
  to_iso8601(from_unixtime_nanos(ends)) AS last_event,
  events AS events,
  json_format(CAST(slice(ids, 1, 1000) AS json)) AS event_ids,
  CAST(peak AS VARCHAR) AS value,
  CASE WHEN odd THEN n ELSE 0 END AS undecided
FROM (
  SELECT odd, g1, g2, opens, min(opening) AS opening, min(moment) AS begins, max(ends) AS ends, count(*) AS events,
    array_agg(event ORDER BY moment, event, origin) AS ids, max(peak) AS peak, CAST(sum(n) AS BIGINT) AS n
  FROM counted
  GROUP BY odd, g1, g2, opens
) AS found
WHERE odd OR opens >= 1773100800000000000 AND opens < 1773187200000000000
ORDER BY odd DESC, opens, g1, g2, events
