-- AWS CloudTrail Stopped After New Access Key
-- id: e08137f3-3a08-4ec9-9f95-e90587134be1
-- level: high
-- technique: T1098.001, T1562.008
WITH read_cloudtrail AS (
  SELECT FALSE AS odd,
    CASE WHEN regexp_like(eventtime, '\A(19[1-9]|20[0-9]|21[0-8])[0-9]-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|\+00:00)\z') THEN ((date_diff('second', TIMESTAMP '1970-01-01 00:00:00', try_cast(replace(substr(eventtime, 1, 19), 'T', ' ') AS timestamp(0))) * 1000000000) + CAST(rpad(coalesce(regexp_extract(eventtime, '\.([0-9]{1,9})', 1), '0'), 9, '0') AS BIGINT)) END AS t,
    nullif(eventid, '') AS id,
    recipientaccountid AS f1,
    filter(ARRAY[CASE WHEN lower(eventsource) = 'iam.amazonaws.com'
      AND lower(eventname) = 'createaccesskey'
      AND errorcode IS NULL THEN 0 END, CASE WHEN lower(eventsource) = 'cloudtrail.amazonaws.com'
      AND lower(eventname) IN ('deletetrail', 'stoplogging')
      AND errorcode IS NULL THEN 1 END], i -> i IS NOT NULL) AS inputs
  FROM cloudtrail_logs_pp
  WHERE "timestamp" BETWEEN '2026/03/09' AND '2026/03/11'
    AND eventtime >= '2026-03-09T22:00:00'
    AND eventtime < '2026-03-11T00:00:00'
    AND (
      (
        lower(eventsource) = 'iam.amazonaws.com'
        AND lower(eventname) = 'createaccesskey'
        AND errorcode IS NULL
      )
      OR (
        lower(eventsource) = 'cloudtrail.amazonaws.com'
        AND lower(eventname) IN ('deletetrail', 'stoplogging')
        AND errorcode IS NULL
      )
    )
), matched_cloudtrail AS (
  SELECT odd, t, id, f1, input
  FROM read_cloudtrail CROSS JOIN UNNEST(inputs) AS each (input)
), seen AS (
  SELECT (odd OR t IS NULL OR id IS NULL) AS odd, input AS input, coalesce(t, 0) AS t, coalesce(id, '') AS id, 'cloudtrail' AS source, f1 AS g1
  FROM matched_cloudtrail
), around AS (
  SELECT odd, input, t, id, source, g1, count(*) OVER (PARTITION BY odd, g1 ORDER BY t RANGE BETWEEN 3599999999999 PRECEDING AND 3599999999999 FOLLOWING) AS around,
    count(*) OVER (PARTITION BY t, id, input) AS deliveries
  FROM seen
  WHERE odd OR g1 IS NOT NULL
), near AS (
  SELECT odd, input, t, id, source, g1
  FROM around
  WHERE odd OR around >= 2 OR deliveries > 1
), once AS (
  SELECT DISTINCT odd, input, t, id, source, g1
  FROM near
), events AS (
  SELECT (odd OR count(*) OVER (PARTITION BY t, id, input) > 1) AS odd, input, t, id, source, g1
  FROM once
), chains2 AS (
  SELECT odd, t, id, source, g1, input, CASE WHEN input = 1 THEN max(CASE WHEN input = 0 THEN t END) OVER (PARTITION BY odd, g1 ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) END AS chain_0_1
  FROM events
), lasts AS (
  SELECT odd, t, id, source, g1, max(CASE WHEN input = 0 THEN t END) OVER (PARTITION BY odd, g1 ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS last0, max(CASE WHEN input = 1 THEN t END) OVER (PARTITION BY odd, g1 ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS last1, max(chain_0_1) OVER (PARTITION BY odd, g1 ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS last_chain_0_1
  FROM chains2
), measured AS (
  SELECT odd, t, id, source, g1, coalesce(last0 > t - 3600000000000, FALSE) AS has0, coalesce(last1 > t - 3600000000000, FALSE) AS has1, coalesce(last_chain_0_1 > t - 3600000000000, FALSE) AS has_chain_0_1
  FROM lasts
), judged AS (
  SELECT odd, t, id, source, g1, CASE WHEN NOT odd AND ((has_chain_0_1)) THEN t END AS fires, CASE WHEN NOT odd AND ((has_chain_0_1)) THEN (CASE WHEN has0 THEN 1 ELSE 0 END + CASE WHEN has1 THEN 1 ELSE 0 END) END AS peak
  FROM measured
), fired AS (
  SELECT odd, t, id, source, g1, peak, max(fires) OVER (PARTITION BY odd, g1 ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS former, min(fires) OVER (PARTITION BY odd, g1 ORDER BY t RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS fired
  FROM judged
), runs AS (
  SELECT odd, t, id, source, g1, peak, fired, max(CASE WHEN former IS NULL OR former <= fired - 3600000000000 THEN fired END) OVER (PARTITION BY odd, g1 ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS opens
  FROM fired
  WHERE odd OR fired < t + 3600000000000
), counted AS (
  SELECT odd, g1, opens, t AS moment, id AS event, source AS origin, max(t) AS ends, max(peak) AS peak,
    min(CASE WHEN t = opens THEN ARRAY[id, source] END) AS opening, count(*) AS n
  FROM runs
  GROUP BY odd, g1, opens, t, id, source
)
SELECT 'e08137f3-3a08-4ec9-9f95-e90587134be1' AS rule,
  g1 AS recipientAccountId,
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
  SELECT odd, g1, opens, min(opening) AS opening, min(moment) AS begins, max(ends) AS ends, count(*) AS events,
    array_agg(event ORDER BY moment, event, origin) AS ids, max(peak) AS peak, CAST(sum(n) AS BIGINT) AS n
  FROM counted
  GROUP BY odd, g1, opens
) AS found
WHERE odd OR opens >= 1773100800000000000 AND opens < 1773187200000000000
ORDER BY odd DESC, opens, g1, events
