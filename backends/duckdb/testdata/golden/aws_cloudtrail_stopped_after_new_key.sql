-- AWS CloudTrail Stopped After New Access Key
-- id: e08137f3-3a08-4ec9-9f95-e90587134be1
-- level: high
-- technique: T1098.001, T1562.008
CREATE OR REPLACE TEMP MACRO sigma_time(t) AS CASE WHEN regexp_full_match(t, '[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?(Z|\+00:00)') THEN TRY_CAST(t[:10] || ' ' || t[12:19] AS TIMESTAMP) END;
CREATE OR REPLACE TEMP MACRO sigma_nanos(t) AS CASE WHEN NOT t BETWEEN '1910' AND '2190' THEN NULL WHEN regexp_full_match(t, '[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z') THEN epoch_us(TRY_CAST(t AS TIMESTAMP)) * 1000 ELSE epoch_us(sigma_time(t)) * 1000 + CASE WHEN t[20] = '.' THEN rpad(left(regexp_extract(t, '\.([0-9]+)', 1), 9), 9, '0')::BIGINT ELSE 0 END END;
CREATE OR REPLACE TEMP MACRO sigma_below(n) AS (n % 1000000000 + 1000000000) % 1000000000;
CREATE OR REPLACE TEMP MACRO sigma_clock(n) AS strftime(make_timestamp((n - sigma_below(n)) // 1000), '%Y-%m-%dT%H:%M:%S.') || lpad(sigma_below(n)::VARCHAR, 9, '0') || 'Z';
WITH read_cloudtrail AS (
  SELECT coalesce(irregular, FALSE) AS odd,
    sigma_nanos(eventTime) AS t,
    CASE WHEN NOT COALESCE(eventID IN ('', 'true', 'false'), FALSE) THEN eventID END AS id,
    recipientAccountId AS f1,
    CASE WHEN irregular THEN [0] ELSE list_filter([CASE WHEN lower(eventSource) = 'iam.amazonaws.com'
      AND lower(eventName) = 'createaccesskey'
      AND errorCode IS NULL THEN 0 END, CASE WHEN lower(eventSource) = 'cloudtrail.amazonaws.com'
      AND lower(eventName) IN ('deletetrail', 'stoplogging')
      AND errorCode IS NULL THEN 1 END], lambda i: i IS NOT NULL) END AS inputs
  FROM cloudtrail
  WHERE irregular
    OR (
      eventTime >= '2026-03-09T22:00:00'
      AND eventTime < '2026-03-11T00:00:00'
      AND lower(eventName) IN ('createaccesskey', 'deletetrail', 'stoplogging')
    )
), matched_cloudtrail AS (
  SELECT odd, t, id, f1, unnest(inputs) AS input
  FROM read_cloudtrail
), seen AS MATERIALIZED (
  SELECT (odd OR t IS NULL OR id IS NULL) AS odd, input AS input, coalesce(t, 0) AS t, coalesce(id, '') AS id, 'cloudtrail' AS source, f1 AS g1
  FROM matched_cloudtrail
), crowds AS (
  SELECT hash(odd, g1) AS crowd, t // 3600000000000 AS span, [-1, 0, 1] AS steps
  FROM seen
  GROUP BY crowd, span
  HAVING count(*) >= 1
), beside AS (
  SELECT crowd, span, unnest(steps) AS step
  FROM crowds
), several AS (
  SELECT hash(t, id, input) AS same
  FROM seen
  GROUP BY same
  HAVING count(*) > 1
), near AS (
  SELECT odd, input, t, id, source, g1
  FROM seen
  WHERE (odd OR g1 IS NOT NULL) AND (odd OR (hash(odd, g1), t // 3600000000000) IN (SELECT (crowd, span + step) FROM beside) OR hash(t, id, input) IN (SELECT same FROM several))
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
    min(CASE WHEN t = opens THEN [id, source] END) AS opening, count(*) AS n
  FROM runs
  GROUP BY odd, g1, opens, t, id, source
)
SELECT 'e08137f3-3a08-4ec9-9f95-e90587134be1' AS rule,
  g1 AS recipientAccountId,
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
  SELECT odd, g1, opens, min(opening) AS opening, min(moment) AS begins, max(ends) AS ends, count(*) AS events,
    array_agg(event ORDER BY moment, event, origin) AS ids, max(peak) AS peak, CAST(sum(n) AS BIGINT) AS n
  FROM counted
  GROUP BY odd, g1, opens
) AS found
WHERE odd OR opens >= 1773100800000000000 AND opens < 1773187200000000000
ORDER BY odd DESC, opens, g1, events;
