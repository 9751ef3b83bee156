-- AWS EC2 Many Discovery Calls
-- id: 03aa3897-fcf4-46b6-986c-39e8c7bb69f6
-- level: low
-- technique: T1580
CREATE OR REPLACE TEMP MACRO sigma_time(t) AS CASE WHEN regexp_full_match(t, '[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?(Z|\+00:00)') THEN TRY_CAST(t[:10] || ' ' || t[12:19] AS TIMESTAMP) END;
CREATE OR REPLACE TEMP MACRO sigma_nanos(t) AS CASE WHEN NOT t BETWEEN '1910' AND '2190' THEN NULL WHEN regexp_full_match(t, '[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z') THEN epoch_us(TRY_CAST(t AS TIMESTAMP)) * 1000 ELSE epoch_us(sigma_time(t)) * 1000 + CASE WHEN t[20] = '.' THEN rpad(left(regexp_extract(t, '\.([0-9]+)', 1), 9), 9, '0')::BIGINT ELSE 0 END END;
CREATE OR REPLACE TEMP MACRO sigma_below(n) AS (n % 1000000000 + 1000000000) % 1000000000;
CREATE OR REPLACE TEMP MACRO sigma_clock(n) AS strftime(make_timestamp((n - sigma_below(n)) // 1000), '%Y-%m-%dT%H:%M:%S.') || lpad(sigma_below(n)::VARCHAR, 9, '0') || 'Z';
WITH
-- events that the rules match, with the fields that the correlation reads
read_cloudtrail AS (
  SELECT coalesce(irregular, FALSE) AS undecided,
    sigma_nanos(eventTime) AS event_ns,
    CASE WHEN NOT COALESCE(eventID IN ('', 'true', 'false'), FALSE) THEN eventID END AS id,
    json_extract_string(userIdentity, '/arn') AS field_1,
    recipientAccountId AS field_2
  FROM cloudtrail
  WHERE irregular
    OR (
      eventTime >= '2026-03-09T23:00:00'
      AND eventTime < '2026-03-11T00:00:00'
      AND lower(eventSource) = 'ec2.amazonaws.com'
      AND lower(eventName) IN ('describeaccountattributes', 'describeavailabilityzones', 'describecapacityreservations', 'describehostreservations', 'describeimages', 'describeinstances', 'describeinstancetypeofferings', 'describeinstancetypes', 'describekeypairs', 'describelaunchtemplates', 'describeregions', 'describesecuritygroups', 'describesnapshots')
    )
),
-- the same for every source; an event without a time or an id cannot be decided
seen AS MATERIALIZED (
  SELECT (undecided OR event_ns IS NULL OR id IS NULL) AS undecided, 0 AS input, coalesce(event_ns, 0) AS event_ns, coalesce(id, '') AS id, 'cloudtrail' AS source, field_1 AS group_1, field_2 AS group_2
  FROM read_cloudtrail
),
-- stretches of time with enough events
crowds AS (
  SELECT hash(undecided, group_1, group_2) AS crowd, event_ns // 1800000000000 AS span, [-1, 0, 1] AS steps
  FROM seen
  GROUP BY crowd, span
  HAVING count(*) >= 5
),
-- the stretches next to them
beside AS (
  SELECT crowd, span, unnest(steps) AS step
  FROM crowds
),
-- events that were delivered more than once
several AS (
  SELECT hash(event_ns, id) AS same
  FROM seen
  GROUP BY same
  HAVING count(*) > 1
),
-- events with enough others around them; only these can be in an episode
near AS (
  SELECT undecided, input, event_ns, id, source, group_1, group_2
  FROM seen
  WHERE (undecided OR group_1 IS NOT NULL AND group_2 IS NOT NULL) AND (undecided OR (hash(undecided, group_1, group_2), event_ns // 1800000000000) IN (SELECT (crowd, span + step) FROM beside) OR hash(event_ns, id) IN (SELECT same FROM several))
),
-- each delivery of an event once
once AS (
  SELECT DISTINCT undecided, input, event_ns, id, source, group_1, group_2
  FROM near
),
-- the events of the correlation; deliveries that differ cannot be decided
events AS (
  SELECT (undecided OR count(*) OVER (PARTITION BY event_ns, id) > 1) AS undecided, input, event_ns, id, source, group_1, group_2
  FROM once
),
-- what the correlation measures in the window of each event
measured AS (
  SELECT undecided, event_ns, id, source, group_1, group_2, count(*) OVER (PARTITION BY undecided, group_1, group_2 ORDER BY event_ns RANGE BETWEEN 1799999999999 PRECEDING AND CURRENT ROW) AS amount
  FROM events
),
-- the events with which the correlation fires
judged AS (
  SELECT undecided, event_ns, id, source, group_1, group_2, CASE WHEN NOT undecided AND amount >= 10 THEN event_ns END AS own_firing_ns, CASE WHEN NOT undecided AND amount >= 10 THEN amount END AS peak
  FROM measured
),
-- the previous and the next firing event of each event
fired AS (
  SELECT undecided, event_ns, id, source, group_1, group_2, peak, max(own_firing_ns) OVER (PARTITION BY undecided, group_1, group_2 ORDER BY event_ns RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS prev_firing_ns, min(own_firing_ns) OVER (PARTITION BY undecided, group_1, group_2 ORDER BY event_ns RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS firing_ns
  FROM judged
),
-- events in the window of a firing event, with the start of their episode
runs AS (
  SELECT undecided, event_ns, id, source, group_1, group_2, peak, firing_ns, max(CASE WHEN prev_firing_ns IS NULL OR prev_firing_ns <= firing_ns - 1800000000000 THEN firing_ns END) OVER (PARTITION BY undecided, group_1, group_2 ORDER BY event_ns RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS episode_start_ns
  FROM fired
  WHERE undecided OR firing_ns < event_ns + 1800000000000
),
-- each event of an episode once
counted AS (
  SELECT undecided, group_1, group_2, episode_start_ns, event_ns AS moment_ns, id AS event, source AS origin, max(event_ns) AS end_ns, max(peak) AS peak,
    min(CASE WHEN event_ns = episode_start_ns THEN [id, source] END) AS opening, count(*) AS event_count
  FROM runs
  GROUP BY undecided, group_1, group_2, episode_start_ns, event_ns, id, source
)
-- one row for each episode that starts in the time range, and one if events could not be decided
SELECT '03aa3897-fcf4-46b6-986c-39e8c7bb69f6' AS rule,
  group_1 AS "userIdentity.arn",
  group_2 AS recipientAccountId,
  sigma_clock(episode_start_ns) AS opened,
  list_extract(opening, 1) AS opening_event,
  list_extract(opening, 2) AS opening_source,
  sigma_clock(begin_ns) AS first_event,
  sigma_clock(end_ns) AS last_event,
  events AS events,
  CAST(to_json(list_slice(ids, 1, 1000)) AS VARCHAR) AS event_ids,
  CAST(peak AS VARCHAR) AS value,
  CASE WHEN undecided THEN event_count ELSE 0 END AS undecided_events
FROM (
  SELECT undecided, group_1, group_2, episode_start_ns, min(opening) AS opening, min(moment_ns) AS begin_ns, max(end_ns) AS end_ns, count(*) AS events,
    array_agg(event ORDER BY moment_ns, event, origin) AS ids, max(peak) AS peak, CAST(sum(event_count) AS BIGINT) AS event_count
  FROM counted
  GROUP BY undecided, group_1, group_2, episode_start_ns
) AS found
WHERE undecided OR episode_start_ns >= 1773100800000000000 AND episode_start_ns < 1773187200000000000
ORDER BY undecided DESC, episode_start_ns, group_1, group_2, events;
