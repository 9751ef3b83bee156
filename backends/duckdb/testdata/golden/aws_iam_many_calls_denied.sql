-- AWS Many Different Calls Denied
-- id: 5c3981a8-44ab-46d8-bb81-e5e0309e6043
-- level: medium
-- technique: T1526, T1087.004
CREATE OR REPLACE TEMP MACRO sigma_time(t) AS CASE WHEN regexp_full_match(t, '[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?(Z|\+00:00)') THEN TRY_CAST(t[:10] || ' ' || t[12:19] AS TIMESTAMP) END;
CREATE OR REPLACE TEMP MACRO sigma_nanos(t) AS CASE WHEN NOT t BETWEEN '1910' AND '2190' THEN NULL WHEN regexp_full_match(t, '[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z') THEN epoch_us(TRY_CAST(t AS TIMESTAMP)) * 1000 ELSE epoch_us(sigma_time(t)) * 1000 + CASE WHEN t[20] = '.' THEN rpad(left(regexp_extract(t, '\.([0-9]+)', 1), 9), 9, '0')::BIGINT ELSE 0 END END;
CREATE OR REPLACE TEMP MACRO sigma_below(n) AS (n % 1000000000 + 1000000000) % 1000000000;
CREATE OR REPLACE TEMP MACRO sigma_clock(n) AS strftime(make_timestamp((n - sigma_below(n)) // 1000), '%Y-%m-%dT%H:%M:%S.') || lpad(sigma_below(n)::VARCHAR, 9, '0') || 'Z';
WITH read_cloudtrail AS (
  SELECT coalesce(irregular, FALSE) AS odd,
    sigma_nanos(eventTime) AS t,
    CASE WHEN NOT COALESCE(eventID IN ('', 'true', 'false'), FALSE) THEN eventID END AS id,
    json_extract_string(userIdentity, '/arn') AS f1,
    recipientAccountId AS f2,
    eventSource AS f3,
    eventName AS f4
  FROM cloudtrail
  WHERE irregular
    OR (
      eventTime >= '2026-03-09T23:30:00'
      AND eventTime < '2026-03-11T00:00:00'
      AND (contains(lower(errorCode), 'accessdenied') OR contains(lower(errorCode), 'unauthorizedoperation'))
    )
), seen AS MATERIALIZED (
  SELECT (odd OR t IS NULL OR id IS NULL) AS odd, 0 AS input, coalesce(t, 0) AS t, coalesce(id, '') AS id, 'cloudtrail' AS source, f1 AS g1, f2 AS g2, CAST(strlen(f3) AS VARCHAR) || ':' || f3 || CAST(strlen(f4) AS VARCHAR) || ':' || f4 AS v
  FROM read_cloudtrail
), crowds AS (
  SELECT hash(odd, g1, g2) AS crowd, t // 900000000000 AS span, [-1, 0, 1] AS steps
  FROM seen
  GROUP BY crowd, span
  HAVING count(*) >= 5
), beside AS (
  SELECT crowd, span, unnest(steps) AS step
  FROM crowds
), several AS (
  SELECT hash(t, id) AS same
  FROM seen
  GROUP BY same
  HAVING count(*) > 1
), near AS (
  SELECT odd, input, t, id, source, g1, g2, v
  FROM seen
  WHERE (odd OR g1 IS NOT NULL AND g2 IS NOT NULL) AND (odd OR (hash(odd, g1, g2), t // 900000000000) IN (SELECT (crowd, span + step) FROM beside) OR hash(t, id) IN (SELECT same FROM several))
), once AS (
  SELECT DISTINCT odd, input, t, id, source, g1, g2, v
  FROM near
), events AS (
  SELECT (odd OR count(*) OVER (PARTITION BY t, id) > 1) AS odd, input, t, id, source, g1, g2, v
  FROM once
), spans AS (
  SELECT odd, t, id, source, g1, g2, v, [0, 1] AS steps,
    least(coalesce(lead(t) OVER (PARTITION BY odd, g1, g2, v ORDER BY t), t + 900000000000), t + 900000000000) AS until
  FROM events
), edges AS (
  SELECT odd, t, id, source, g1, g2, v, until, unnest(steps) AS step
  FROM spans
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
  SELECT odd, t, id, source, g1, g2, peak, fired, max(CASE WHEN former IS NULL OR former <= fired - 900000000000 THEN fired END) OVER (PARTITION BY odd, g1, g2 ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS opens
  FROM fired
  WHERE odd OR fired < t + 900000000000
), counted AS (
  SELECT odd, g1, g2, opens, t AS moment, id AS event, source AS origin, max(t) AS ends, max(peak) AS peak,
    min(CASE WHEN t = opens THEN [id, source] END) AS opening, count(*) AS n
  FROM runs
  GROUP BY odd, g1, g2, opens, t, id, source
)
SELECT '5c3981a8-44ab-46d8-bb81-e5e0309e6043' AS rule,
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
  CASE WHEN odd THEN n ELSE 0 END AS undecided
FROM (
  SELECT odd, g1, g2, opens, min(opening) AS opening, min(moment) AS begins, max(ends) AS ends, count(*) AS events,
    array_agg(event ORDER BY moment, event, origin) AS ids, max(peak) AS peak, CAST(sum(n) AS BIGINT) AS n
  FROM counted
  GROUP BY odd, g1, g2, opens
) AS found
WHERE odd OR opens >= 1773100800000000000 AND opens < 1773187200000000000
ORDER BY odd DESC, opens, g1, g2, events;
