-- AWS EC2 User Data By Rare Launcher
-- id: f41fae4a-5518-483d-a986-47fe161b80de
-- level: low
-- technique: T1059, T1578.002
CREATE OR REPLACE TEMP MACRO sigma_open(xs) AS flatten(list_transform(xs, lambda x: CASE WHEN json_type(x) = 'ARRAY' THEN json_extract(x, '$[*]') ELSE [x] END));
CREATE OR REPLACE TEMP MACRO sigma_step(xs, key) AS list_filter(list_transform(sigma_open(sigma_open(xs)), lambda x: json_extract(x, key)), lambda x: x IS NOT NULL);
CREATE OR REPLACE TEMP MACRO sigma_texts(xs) AS list_filter(list_transform(sigma_open(sigma_open(xs)), lambda x: x ->> '$'), lambda x: x IS NOT NULL);
CREATE OR REPLACE TEMP MACRO sigma_leaves(j, path, xs) AS CASE WHEN contains(j, '[') THEN sigma_texts(xs) ELSE [json_extract_string(j, path)] END;
CREATE OR REPLACE TEMP MACRO sigma_time(t) AS CASE WHEN regexp_full_match(t, '[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?(Z|\+00:00)') THEN TRY_CAST(t[:10] || ' ' || t[12:19] AS TIMESTAMP) END;
CREATE OR REPLACE TEMP MACRO sigma_nanos(t) AS CASE WHEN NOT t BETWEEN '1910' AND '2190' THEN NULL WHEN regexp_full_match(t, '[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z') THEN epoch_us(TRY_CAST(t AS TIMESTAMP)) * 1000 ELSE epoch_us(sigma_time(t)) * 1000 + CASE WHEN t[20] = '.' THEN rpad(left(regexp_extract(t, '\.([0-9]+)', 1), 9), 9, '0')::BIGINT ELSE 0 END END;
CREATE OR REPLACE TEMP MACRO sigma_below(n) AS (n % 1000000000 + 1000000000) % 1000000000;
CREATE OR REPLACE TEMP MACRO sigma_clock(n) AS strftime(make_timestamp((n - sigma_below(n)) // 1000), '%Y-%m-%dT%H:%M:%S.') || lpad(sigma_below(n)::VARCHAR, 9, '0') || 'Z';
WITH read_cloudtrail_1 AS (
  SELECT coalesce(irregular, FALSE) AS odd,
    sigma_nanos(eventTime) AS t,
    CASE WHEN NOT COALESCE(eventID IN ('', 'true', 'false'), FALSE) THEN eventID END AS id,
    json_extract_string(userIdentity, '/arn') AS f1,
    recipientAccountId AS f2
  FROM cloudtrail
  WHERE irregular
    OR (
      eventTime >= '2026-03-08T23:59:58'
      AND eventTime < '2026-03-11T00:00:00'
      AND lower(eventSource) = 'ec2.amazonaws.com'
      AND lower(eventName) = 'runinstances'
      AND errorCode IS NULL
    )
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
  SELECT coalesce(irregular, FALSE) AS odd,
    sigma_nanos(eventTime) AS t,
    CASE WHEN NOT COALESCE(eventID IN ('', 'true', 'false'), FALSE) THEN eventID END AS id,
    json_extract_string(userIdentity, '/arn') AS f1,
    recipientAccountId AS f2
  FROM cloudtrail
  WHERE irregular
    OR (
      eventTime >= '2026-03-08T23:59:58'
      AND eventTime < '2026-03-11T00:00:00'
      AND lower(eventSource) = 'ec2.amazonaws.com'
      AND lower(eventName) = 'runinstances'
      AND errorCode IS NULL
      AND list_bool_or(list_transform(
        sigma_leaves(requestParameters, '/userData', sigma_step([CAST(requestParameters AS JSON)], '/userData')),
        lambda x: lower(x) LIKE '_%'))
    )
), seen_2 AS (
  SELECT (odd OR t IS NULL OR id IS NULL) AS odd, 1 AS input, coalesce(t, 0) AS t, coalesce(id, '') AS id, 'cloudtrail' AS source, f1 AS g1, f2 AS g2
  FROM read_cloudtrail_2
), once_2 AS (
  SELECT DISTINCT odd, input, t, id, source, g1, g2
  FROM seen_2
  WHERE odd OR g1 IS NOT NULL AND g2 IS NOT NULL
), windows_1 AS (
  SELECT odd, t, id, source, g1, g2, fired, array_agg([CAST(t AS VARCHAR), id, source]) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN 86399999999999 PRECEDING AND CURRENT ROW) AS within
  FROM runs_1
), completed_1 AS MATERIALIZED (
  SELECT odd, t, id, source, g1, g2, arbitrary(within) AS within
  FROM windows_1
  WHERE odd OR fired = t
  GROUP BY odd, t, id, source, g1, g2
), events_2 AS (
  SELECT (odd OR count(*) OVER (PARTITION BY t, id, input) > 1) AS odd, input, t, id, source, g1, g2, [[CAST(t AS VARCHAR), id, source]] AS within
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
  SELECT odd, t, id, source, g1, g2, within, opens, peak, unnest(within) AS taken
  FROM runs_2
), counted_2 AS (
  SELECT odd, g1, g2, opens, CAST(list_extract(taken, 1) AS BIGINT) AS moment, list_extract(taken, 2) AS event, list_extract(taken, 3) AS origin, max(t) AS ends, max(peak) AS peak,
    min(CASE WHEN t = opens THEN [id, source] END) AS opening, count(*) AS n
  FROM taken_2
  GROUP BY odd, g1, g2, opens, CAST(list_extract(taken, 1) AS BIGINT), list_extract(taken, 2), list_extract(taken, 3)
)
SELECT 'f41fae4a-5518-483d-a986-47fe161b80de' AS rule,
  g1 AS "userIdentity.arn",
  g2 AS recipientAccountId,
  sigma_clock(opens) AS opened,
  list_extract(opening, 1) AS opening_event,
  list_extract(opening, 2) AS opening_source,
  sigma_clock(begins) AS first_event,
  sigma_clock(ends) AS last_event,
  events AS events,
  CAST(to_json(list_slice(ids, 1, 1000)) AS VARCHAR) AS event_ids,
  CAST(peak AS VARCHAR) AS value,
  CASE WHEN odd THEN n WHEN events > 1000 THEN 1 ELSE 0 END AS undecided
FROM (
  SELECT odd, g1, g2, opens, min(opening) AS opening, min(moment) AS begins, max(ends) AS ends, count(*) AS events,
    array_agg(event ORDER BY moment, event, origin) AS ids, max(peak) AS peak, CAST(sum(n) AS BIGINT) AS n
  FROM counted_2
  GROUP BY odd, g1, g2, opens
) AS found
WHERE odd OR opens >= 1773100800000000000 AND opens < 1773187200000000000
ORDER BY odd DESC, opens, g1, g2, events;
