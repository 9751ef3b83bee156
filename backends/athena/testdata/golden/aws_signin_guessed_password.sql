-- AWS Console Sign-In After Failures
-- id: 5c22c469-63e9-48fd-a4d4-748ca3c77ebf
-- level: high
-- technique: T1110, T1078.004
WITH read_cloudtrail_1 AS (
  SELECT FALSE AS odd,
    CASE WHEN regexp_like(eventtime, '\A(19[1-9]|20[0-9]|21[0-8])[0-9]-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|\+00:00)\z') THEN ((date_diff('second', TIMESTAMP '1970-01-01 00:00:00', try_cast(replace(substr(eventtime, 1, 19), 'T', ' ') AS timestamp(0))) * 1000000000) + CAST(rpad(coalesce(regexp_extract(eventtime, '\.([0-9]{1,9})', 1), '0'), 9, '0') AS BIGINT)) END AS t,
    nullif(eventid, '') AS id,
    useridentity.username AS f1,
    recipientaccountid AS f2
  FROM cloudtrail_logs_pp
  WHERE "timestamp" BETWEEN '2026/03/09' AND '2026/03/11'
    AND eventtime >= '2026-03-09T21:50:00'
    AND eventtime < '2026-03-11T00:00:00'
    AND lower(eventsource) = 'signin.amazonaws.com'
    AND lower(eventname) = 'consolelogin'
    AND any_match(
      reduce(ARRAY['$', '$', '$["ConsoleLogin"]', '$', '$', '$'], ARRAY[json_extract(responseelements, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) IS NOT NULL THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
      x -> lower(replace(json_extract_scalar(x, '$'), 'İ', chr(65535))) = 'failure')
), seen_1 AS (
  SELECT (odd OR t IS NULL OR id IS NULL) AS odd, 0 AS input, coalesce(t, 0) AS t, coalesce(id, '') AS id, 'cloudtrail' AS source, f1 AS g1, f2 AS g2
  FROM read_cloudtrail_1
), around_1 AS (
  SELECT odd, input, t, id, source, g1, g2, count(*) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN 599999999999 PRECEDING AND 599999999999 FOLLOWING) AS around,
    count(*) OVER (PARTITION BY t, id) AS deliveries
  FROM seen_1
  WHERE odd OR g1 IS NOT NULL AND g2 IS NOT NULL
), near_1 AS (
  SELECT odd, input, t, id, source, g1, g2
  FROM around_1
  WHERE odd OR around >= 5 OR deliveries > 1
), once_1 AS (
  SELECT DISTINCT odd, input, t, id, source, g1, g2
  FROM near_1
), events_1 AS (
  SELECT (odd OR count(*) OVER (PARTITION BY t, id) > 1) AS odd, input, t, id, source, g1, g2
  FROM once_1
), measured_1 AS (
  SELECT odd, t, id, source, g1, g2, count(*) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN 599999999999 PRECEDING AND CURRENT ROW) AS n
  FROM events_1
), judged_1 AS (
  SELECT odd, t, id, source, g1, g2, CASE WHEN NOT odd AND n >= 5 THEN t END AS fires, CASE WHEN NOT odd AND n >= 5 THEN n END AS peak
  FROM measured_1
), fired_1 AS (
  SELECT odd, t, id, source, g1, g2, peak, max(fires) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS former, min(fires) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS fired
  FROM judged_1
), runs_1 AS (
  SELECT odd, t, id, source, g1, g2, peak, fired, max(CASE WHEN former IS NULL OR former <= fired - 600000000000 THEN fired END) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS opens
  FROM fired_1
  WHERE odd OR fired < t + 600000000000
), read_cloudtrail_2 AS (
  SELECT FALSE AS odd,
    CASE WHEN regexp_like(eventtime, '\A(19[1-9]|20[0-9]|21[0-8])[0-9]-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|\+00:00)\z') THEN ((date_diff('second', TIMESTAMP '1970-01-01 00:00:00', try_cast(replace(substr(eventtime, 1, 19), 'T', ' ') AS timestamp(0))) * 1000000000) + CAST(rpad(coalesce(regexp_extract(eventtime, '\.([0-9]{1,9})', 1), '0'), 9, '0') AS BIGINT)) END AS t,
    nullif(eventid, '') AS id,
    useridentity.username AS f1,
    recipientaccountid AS f2
  FROM cloudtrail_logs_pp
  WHERE "timestamp" BETWEEN '2026/03/09' AND '2026/03/11'
    AND eventtime >= '2026-03-09T21:50:00'
    AND eventtime < '2026-03-11T00:00:00'
    AND lower(eventsource) = 'signin.amazonaws.com'
    AND lower(eventname) = 'consolelogin'
    AND any_match(
      reduce(ARRAY['$', '$', '$["ConsoleLogin"]', '$', '$', '$'], ARRAY[json_extract(responseelements, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) IS NOT NULL THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
      x -> lower(json_extract_scalar(x, '$')) = 'success')
), seen_2 AS (
  SELECT (odd OR t IS NULL OR id IS NULL) AS odd, 1 AS input, coalesce(t, 0) AS t, coalesce(id, '') AS id, 'cloudtrail' AS source, f1 AS g1, f2 AS g2
  FROM read_cloudtrail_2
), once_2 AS (
  SELECT DISTINCT odd, input, t, id, source, g1, g2
  FROM seen_2
  WHERE odd OR g1 IS NOT NULL AND g2 IS NOT NULL
), windows_1 AS (
  SELECT odd, t, id, source, g1, g2, fired, array_agg(ARRAY[CAST(t AS VARCHAR), id, source]) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN 599999999999 PRECEDING AND CURRENT ROW) AS within
  FROM runs_1
), completed_1 AS (
  SELECT odd, t, id, source, g1, g2, arbitrary(within) AS within
  FROM windows_1
  WHERE odd OR fired = t
  GROUP BY odd, t, id, source, g1, g2
), events_2 AS (
  SELECT (odd OR count(*) OVER (PARTITION BY t, id, input) > 1) AS odd, input, t, id, source, g1, g2, ARRAY[ARRAY[CAST(t AS VARCHAR), id, source]] AS within
  FROM once_2
  UNION ALL
  SELECT odd, 0 AS input, t, id, source, g1 AS g1, g2 AS g2, within
  FROM completed_1
), chains2_2 AS (
  SELECT odd, t, id, source, g1, g2, within, input, CASE WHEN input = 1 THEN max(CASE WHEN input = 0 THEN t END) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) END AS chain_0_1
  FROM events_2
), lasts_2 AS (
  SELECT odd, t, id, source, g1, g2, within, max(CASE WHEN input = 0 THEN t END) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS last0, max(CASE WHEN input = 1 THEN t END) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS last1, max(chain_0_1) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS last_chain_0_1
  FROM chains2_2
), measured_2 AS (
  SELECT odd, t, id, source, g1, g2, within, coalesce(last0 > t - 3600000000000, FALSE) AS has0, coalesce(last1 > t - 3600000000000, FALSE) AS has1, coalesce(last_chain_0_1 > t - 3600000000000, FALSE) AS has_chain_0_1
  FROM lasts_2
), judged_2 AS (
  SELECT odd, t, id, source, g1, g2, within, CASE WHEN NOT odd AND ((has_chain_0_1)) THEN t END AS fires, CASE WHEN NOT odd AND ((has_chain_0_1)) THEN (CASE WHEN has0 THEN 1 ELSE 0 END + CASE WHEN has1 THEN 1 ELSE 0 END) END AS peak
  FROM measured_2
), fired_2 AS (
  SELECT odd, t, id, source, g1, g2, within, peak, max(fires) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS former, min(fires) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS fired
  FROM judged_2
), runs_2 AS (
  SELECT odd, t, id, source, g1, g2, within, peak, fired, max(CASE WHEN former IS NULL OR former <= fired - 3600000000000 THEN fired END) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS opens
  FROM fired_2
  WHERE odd OR fired < t + 3600000000000
), taken_2 AS (
  SELECT odd, t, id, source, g1, g2, within, opens, peak, taken
  FROM runs_2 CROSS JOIN UNNEST(within) AS each (taken)
), counted_2 AS (
  SELECT odd, g1, g2, opens, CAST(element_at(taken, 1) AS BIGINT) AS moment, element_at(taken, 2) AS event, element_at(taken, 3) AS origin, max(t) AS ends, max(peak) AS peak,
    min(CASE WHEN t = opens THEN ARRAY[id, source] END) AS opening, count(*) AS n
  FROM taken_2
  GROUP BY odd, g1, g2, opens, CAST(element_at(taken, 1) AS BIGINT), element_at(taken, 2), element_at(taken, 3)
)
SELECT '5c22c469-63e9-48fd-a4d4-748ca3c77ebf' AS rule,
  g1 AS "userIdentity.userName",
  g2 AS recipientAccountId,
  to_iso8601(from_unixtime_nanos(opens)) AS opened,
  element_at(opening, 1) AS opening_event,
  element_at(opening, 2) AS opening_source,
  to_iso8601(from_unixtime_nanos(begins)) AS first_event,
  to_iso8601(from_unixtime_nanos(ends)) AS last_event,
  events AS events,
  json_format(CAST(slice(ids, 1, 1000) AS json)) AS event_ids,
  CAST(peak AS VARCHAR) AS value,
  CASE WHEN odd THEN n WHEN events > 1000 THEN 1 ELSE 0 END AS undecided
FROM (
  SELECT odd, g1, g2, opens, min(opening) AS opening, min(moment) AS begins, max(ends) AS ends, count(*) AS events,
    array_agg(event ORDER BY moment, event, origin) AS ids, max(peak) AS peak, CAST(sum(n) AS BIGINT) AS n
  FROM counted_2
  GROUP BY odd, g1, g2, opens
) AS found
WHERE odd OR opens >= 1773100800000000000 AND opens < 1773187200000000000
ORDER BY odd DESC, opens, g1, g2, events
