-- AWS EC2 User Data By Rare Launcher
-- id: f41fae4a-5518-483d-a986-47fe161b80de
-- level: low
-- technique: T1059, T1578.002
WITH read_cloudtrail_1 AS (
  SELECT FALSE AS odd,
    CASE WHEN regexp_like(eventtime, '\A(19[1-9]|20[0-9]|21[0-8])[0-9]-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|\+00:00)\z') THEN ((date_diff('second', TIMESTAMP '1970-01-01 00:00:00', try_cast(replace(substr(eventtime, 1, 19), 'T', ' ') AS timestamp(0))) * 1000000000) + CAST(rpad(coalesce(regexp_extract(eventtime, '\.([0-9]{1,9})', 1), '0'), 9, '0') AS BIGINT)) END AS t,
    nullif(eventid, '') AS id,
    useridentity.arn AS f1,
    recipientaccountid AS f2
  FROM cloudtrail_logs_pp
  WHERE "timestamp" BETWEEN '2026/03/08' AND '2026/03/11'
    AND eventtime >= '2026-03-08T23:59:58'
    AND eventtime < '2026-03-11T00:00:00'
    AND lower(eventsource) = 'ec2.amazonaws.com'
    AND lower(eventname) = 'runinstances'
    AND errorcode IS NULL
), seen_1 AS (
  SELECT (odd OR t IS NULL OR id IS NULL) AS odd, 0 AS input, coalesce(t, 0) AS t, coalesce(id, '') AS id, 'cloudtrail' AS source, f1 AS g1, f2 AS g2
  FROM read_cloudtrail_1
), once_1 AS (
  SELECT DISTINCT odd, input, t, id, source, g1, g2
  FROM seen_1
  WHERE odd OR g1 IS NOT NULL AND g2 IS NOT NULL
), events_1 AS (
  SELECT (odd OR count(*) OVER (PARTITION BY t, id) > 1) AS odd, input, t, id, source, g1, g2
  FROM once_1
), measured_1 AS (
  SELECT odd, t, id, source, g1, g2, count(*) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN 86399999999999 PRECEDING AND CURRENT ROW) AS n
  FROM events_1
), judged_1 AS (
  SELECT odd, t, id, source, g1, g2, CASE WHEN NOT odd AND n <= 3 THEN t END AS fires, CASE WHEN NOT odd AND n <= 3 THEN n END AS peak
  FROM measured_1
), fired_1 AS (
  SELECT odd, t, id, source, g1, g2, peak, max(fires) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS former, min(fires) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS fired
  FROM judged_1
), runs_1 AS (
  SELECT odd, t, id, source, g1, g2, peak, fired, max(CASE WHEN former IS NULL OR former <= fired - 86400000000000 THEN fired END) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS opens
  FROM fired_1
  WHERE odd OR fired < t + 86400000000000
), read_cloudtrail_2 AS (
  SELECT FALSE AS odd,
    CASE WHEN regexp_like(eventtime, '\A(19[1-9]|20[0-9]|21[0-8])[0-9]-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|\+00:00)\z') THEN ((date_diff('second', TIMESTAMP '1970-01-01 00:00:00', try_cast(replace(substr(eventtime, 1, 19), 'T', ' ') AS timestamp(0))) * 1000000000) + CAST(rpad(coalesce(regexp_extract(eventtime, '\.([0-9]{1,9})', 1), '0'), 9, '0') AS BIGINT)) END AS t,
    nullif(eventid, '') AS id,
    useridentity.arn AS f1,
    recipientaccountid AS f2
  FROM cloudtrail_logs_pp
  WHERE "timestamp" BETWEEN '2026/03/08' AND '2026/03/11'
    AND eventtime >= '2026-03-08T23:59:58'
    AND eventtime < '2026-03-11T00:00:00'
    AND lower(eventsource) = 'ec2.amazonaws.com'
    AND lower(eventname) = 'runinstances'
    AND errorcode IS NULL
    AND any_match(
      reduce(ARRAY['$', '$', '$["userData"]', '$', '$', '$'], ARRAY[json_extract(requestparameters, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) IS NOT NULL THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
      x -> lower(CASE WHEN regexp_like(json_format(x), '\A-?[0-9]{1,20}(\.[0-9]{1,17}(E[0-9]{1,2})?|E[0-9]{1,2})\z') THEN coalesce(regexp_replace(CAST(try_cast(json_format(x) AS decimal(38,17)) AS varchar), '\.?0*\z', ''), coalesce(json_extract_scalar(x, '$'), nullif(json_format(element_at(CAST(json_extract(concat('[', json_format(x), ']'), '$') AS array(json)), 1)), 'null'))) ELSE CASE WHEN regexp_like(json_format(x), '\A-?[0-9]\.[0-9]{1,17}E-(1?[0-9]|20)\z') THEN coalesce(regexp_replace(CAST(try_cast(json_format(x) AS decimal(38,37)) AS varchar), '\.?0*\z', ''), coalesce(json_extract_scalar(x, '$'), nullif(json_format(element_at(CAST(json_extract(concat('[', json_format(x), ']'), '$') AS array(json)), 1)), 'null'))) ELSE coalesce(json_extract_scalar(x, '$'), nullif(json_format(element_at(CAST(json_extract(concat('[', json_format(x), ']'), '$') AS array(json)), 1)), 'null')) END END) LIKE '_%')
), seen_2 AS (
  SELECT (odd OR t IS NULL OR id IS NULL) AS odd, 1 AS input, coalesce(t, 0) AS t, coalesce(id, '') AS id, 'cloudtrail' AS source, f1 AS g1, f2 AS g2
  FROM read_cloudtrail_2
), once_2 AS (
  SELECT DISTINCT odd, input, t, id, source, g1, g2
  FROM seen_2
  WHERE odd OR g1 IS NOT NULL AND g2 IS NOT NULL
), windows_1 AS (
  SELECT odd, t, id, source, g1, g2, fired, array_agg(ARRAY[CAST(t AS VARCHAR), id, source]) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN 86399999999999 PRECEDING AND CURRENT ROW) AS within
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
), lasts_2 AS (
  SELECT odd, t, id, source, g1, g2, within, max(CASE WHEN input = 0 THEN t END) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS last0, max(CASE WHEN input = 1 THEN t END) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS last1
  FROM events_2
), measured_2 AS (
  SELECT odd, t, id, source, g1, g2, within, coalesce(last0 > t - 1000000000, FALSE) AS has0, coalesce(last1 > t - 1000000000, FALSE) AS has1
  FROM lasts_2
), judged_2 AS (
  SELECT odd, t, id, source, g1, g2, within, CASE WHEN NOT odd AND ((has0 AND has1)) THEN t END AS fires, CASE WHEN NOT odd AND ((has0 AND has1)) THEN (CASE WHEN has0 THEN 1 ELSE 0 END + CASE WHEN has1 THEN 1 ELSE 0 END) END AS peak
  FROM measured_2
), fired_2 AS (
  SELECT odd, t, id, source, g1, g2, within, peak, max(fires) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS former, min(fires) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS fired
  FROM judged_2
), runs_2 AS (
  SELECT odd, t, id, source, g1, g2, within, peak, fired, max(CASE WHEN former IS NULL OR former <= fired - 1000000000 THEN fired END) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS opens
  FROM fired_2
  WHERE odd OR fired < t + 1000000000
), taken_2 AS (
  SELECT odd, t, id, source, g1, g2, within, opens, peak, taken
  FROM runs_2 CROSS JOIN UNNEST(within) AS each (taken)
), counted_2 AS (
  SELECT odd, g1, g2, opens, CAST(element_at(taken, 1) AS BIGINT) AS moment, element_at(taken, 2) AS event, element_at(taken, 3) AS origin, max(t) AS ends, max(peak) AS peak,
    min(CASE WHEN t = opens THEN ARRAY[id, source] END) AS opening, count(*) AS n
  FROM taken_2
  GROUP BY odd, g1, g2, opens, CAST(element_at(taken, 1) AS BIGINT), element_at(taken, 2), element_at(taken, 3)
)
SELECT 'f41fae4a-5518-483d-a986-47fe161b80de' AS rule,
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
  CASE WHEN odd THEN n WHEN events > 1000 THEN 1 ELSE 0 END AS undecided
FROM (
  SELECT odd, g1, g2, opens, min(opening) AS opening, min(moment) AS begins, max(ends) AS ends, count(*) AS events,
    array_agg(event ORDER BY moment, event, origin) AS ids, max(peak) AS peak, CAST(sum(n) AS BIGINT) AS n
  FROM counted_2
  GROUP BY odd, g1, g2, opens
) AS found
WHERE odd OR opens >= 1773100800000000000 AND opens < 1773187200000000000
ORDER BY odd DESC, opens, g1, g2, events
