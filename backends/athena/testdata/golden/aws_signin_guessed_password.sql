-- AWS Console Sign-In After Failures
-- id: 5c22c469-63e9-48fd-a4d4-748ca3c77ebf
-- level: high
-- technique: T1110, T1078.004
WITH
-- events that the rules match, with the fields that the correlation reads
read_cloudtrail_1 AS (
  SELECT FALSE AS undecided,
    CASE WHEN regexp_like(eventtime, '\A(19[1-9]|20[0-9]|21[0-8])[0-9]-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|\+00:00)\z') THEN ((date_diff('second', TIMESTAMP '1970-01-01 00:00:00', try_cast(replace(substr(eventtime, 1, 19), 'T', ' ') AS timestamp(0))) * 1000000000) + CAST(rpad(coalesce(regexp_extract(eventtime, '\.([0-9]{1,9})', 1), '0'), 9, '0') AS BIGINT)) END AS event_ns,
    nullif(eventid, '') AS id,
    useridentity.username AS field_1,
    recipientaccountid AS field_2
  FROM cloudtrail_logs_pp
  WHERE "timestamp" BETWEEN '2026/03/09' AND '2026/03/11'
    AND eventtime >= '2026-03-09T21:50:00'
    AND eventtime < '2026-03-11T00:00:00'
    AND lower(eventsource) = 'signin.amazonaws.com'
    AND lower(eventname) = 'consolelogin'
    AND any_match(
      reduce(ARRAY['$', '$', '$["ConsoleLogin"]', '$', '$', '$'], ARRAY[json_extract(responseelements, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) IS NOT NULL THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
      x -> lower(replace(json_extract_scalar(x, '$'), 'İ', chr(65535))) = 'failure')
),
-- the same for every source; an event without a time or an id cannot be decided
seen_1 AS (
  SELECT (undecided OR event_ns IS NULL OR id IS NULL) AS undecided, 0 AS input, coalesce(event_ns, 0) AS event_ns, coalesce(id, '') AS id, 'cloudtrail' AS source, field_1 AS group_1, field_2 AS group_2
  FROM read_cloudtrail_1
),
-- how many events are within a timespan of each event
around_1 AS (
  SELECT undecided, input, event_ns, id, source, group_1, group_2, count(*) OVER (PARTITION BY undecided, group_1, group_2 ORDER BY event_ns RANGE BETWEEN 599999999999 PRECEDING AND 599999999999 FOLLOWING) AS around,
    count(*) OVER (PARTITION BY event_ns, id) AS deliveries
  FROM seen_1
  WHERE undecided OR group_1 IS NOT NULL AND group_2 IS NOT NULL
),
-- events with enough others around them; only these can be in an episode
near_1 AS (
  SELECT undecided, input, event_ns, id, source, group_1, group_2
  FROM around_1
  WHERE undecided OR around >= 5 OR deliveries > 1
),
-- each delivery of an event once
once_1 AS (
  SELECT DISTINCT undecided, input, event_ns, id, source, group_1, group_2
  FROM near_1
),
-- the events of the correlation; deliveries that differ cannot be decided
events_1 AS (
  SELECT (undecided OR count(*) OVER (PARTITION BY event_ns, id) > 1) AS undecided, input, event_ns, id, source, group_1, group_2
  FROM once_1
),
-- what the correlation measures in the window of each event
measured_1 AS (
  SELECT undecided, event_ns, id, source, group_1, group_2, count(*) OVER (PARTITION BY undecided, group_1, group_2 ORDER BY event_ns RANGE BETWEEN 599999999999 PRECEDING AND CURRENT ROW) AS amount
  FROM events_1
),
-- the events with which the correlation fires
judged_1 AS (
  SELECT undecided, event_ns, id, source, group_1, group_2, CASE WHEN NOT undecided AND amount >= 5 THEN event_ns END AS own_firing_ns, CASE WHEN NOT undecided AND amount >= 5 THEN amount END AS peak
  FROM measured_1
),
-- the previous and the next firing event of each event
fired_1 AS (
  SELECT undecided, event_ns, id, source, group_1, group_2, peak, max(own_firing_ns) OVER (PARTITION BY undecided, group_1, group_2 ORDER BY event_ns RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS prev_firing_ns, min(own_firing_ns) OVER (PARTITION BY undecided, group_1, group_2 ORDER BY event_ns RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS firing_ns
  FROM judged_1
),
-- events in the window of a firing event, with the start of their episode
runs_1 AS (
  SELECT undecided, event_ns, id, source, group_1, group_2, peak, firing_ns, max(CASE WHEN prev_firing_ns IS NULL OR prev_firing_ns <= firing_ns - 600000000000 THEN firing_ns END) OVER (PARTITION BY undecided, group_1, group_2 ORDER BY event_ns RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS episode_start_ns
  FROM fired_1
  WHERE undecided OR firing_ns < event_ns + 600000000000
),
-- events that the rules match, with the fields that the correlation reads
read_cloudtrail_2 AS (
  SELECT FALSE AS undecided,
    CASE WHEN regexp_like(eventtime, '\A(19[1-9]|20[0-9]|21[0-8])[0-9]-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|\+00:00)\z') THEN ((date_diff('second', TIMESTAMP '1970-01-01 00:00:00', try_cast(replace(substr(eventtime, 1, 19), 'T', ' ') AS timestamp(0))) * 1000000000) + CAST(rpad(coalesce(regexp_extract(eventtime, '\.([0-9]{1,9})', 1), '0'), 9, '0') AS BIGINT)) END AS event_ns,
    nullif(eventid, '') AS id,
    useridentity.username AS field_1,
    recipientaccountid AS field_2
  FROM cloudtrail_logs_pp
  WHERE "timestamp" BETWEEN '2026/03/09' AND '2026/03/11'
    AND eventtime >= '2026-03-09T21:50:00'
    AND eventtime < '2026-03-11T00:00:00'
    AND lower(eventsource) = 'signin.amazonaws.com'
    AND lower(eventname) = 'consolelogin'
    AND any_match(
      reduce(ARRAY['$', '$', '$["ConsoleLogin"]', '$', '$', '$'], ARRAY[json_extract(responseelements, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) IS NOT NULL THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
      x -> lower(json_extract_scalar(x, '$')) = 'success')
),
-- the same for every source; an event without a time or an id cannot be decided
seen_2 AS (
  SELECT (undecided OR event_ns IS NULL OR id IS NULL) AS undecided, 1 AS input, coalesce(event_ns, 0) AS event_ns, coalesce(id, '') AS id, 'cloudtrail' AS source, field_1 AS group_1, field_2 AS group_2
  FROM read_cloudtrail_2
),
-- each delivery of an event once
once_2 AS (
  SELECT DISTINCT undecided, input, event_ns, id, source, group_1, group_2
  FROM seen_2
  WHERE undecided OR group_1 IS NOT NULL AND group_2 IS NOT NULL
),
-- the events in the window of each firing event
windows_1 AS (
  SELECT undecided, event_ns, id, source, group_1, group_2, firing_ns, array_agg(ARRAY[CAST(event_ns AS VARCHAR), id, source]) OVER (PARTITION BY undecided, group_1, group_2 ORDER BY event_ns RANGE BETWEEN 599999999999 PRECEDING AND CURRENT ROW) AS within
  FROM runs_1
),
-- the firing events, which the correlation above reads as its events
completed_1 AS (
  SELECT undecided, event_ns, id, source, group_1, group_2, arbitrary(within) AS within
  FROM windows_1
  WHERE undecided OR firing_ns = event_ns
  GROUP BY undecided, event_ns, id, source, group_1, group_2
),
-- the events of the correlation; deliveries that differ cannot be decided
events_2 AS (
  SELECT (undecided OR count(*) OVER (PARTITION BY event_ns, id, input) > 1) AS undecided, input, event_ns, id, source, group_1, group_2, ARRAY[ARRAY[CAST(event_ns AS VARCHAR), id, source]] AS within
  FROM once_2
  UNION ALL
  SELECT undecided, 0 AS input, event_ns, id, source, group_1 AS group_1, group_2 AS group_2, within
  FROM completed_1
),
-- the latest start of a chain of the rules in their order that ends with each event
chains2_2 AS (
  SELECT undecided, event_ns, id, source, group_1, group_2, within, input, CASE WHEN input = 1 THEN max(CASE WHEN input = 0 THEN event_ns END) OVER (PARTITION BY undecided, group_1, group_2 ORDER BY event_ns RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) END AS chain_0_1
  FROM events_2
),
-- the latest event of each rule up to each event
lasts_2 AS (
  SELECT undecided, event_ns, id, source, group_1, group_2, within, max(CASE WHEN input = 0 THEN event_ns END) OVER (PARTITION BY undecided, group_1, group_2 ORDER BY event_ns RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS last0, max(CASE WHEN input = 1 THEN event_ns END) OVER (PARTITION BY undecided, group_1, group_2 ORDER BY event_ns RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS last1, max(chain_0_1) OVER (PARTITION BY undecided, group_1, group_2 ORDER BY event_ns RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS last_chain_0_1
  FROM chains2_2
),
-- what the correlation measures in the window of each event
measured_2 AS (
  SELECT undecided, event_ns, id, source, group_1, group_2, within, coalesce(last0 > event_ns - 3600000000000, FALSE) AS has0, coalesce(last1 > event_ns - 3600000000000, FALSE) AS has1, coalesce(last_chain_0_1 > event_ns - 3600000000000, FALSE) AS has_chain_0_1
  FROM lasts_2
),
-- the events with which the correlation fires
judged_2 AS (
  SELECT undecided, event_ns, id, source, group_1, group_2, within, CASE WHEN NOT undecided AND ((has_chain_0_1)) THEN event_ns END AS own_firing_ns, CASE WHEN NOT undecided AND ((has_chain_0_1)) THEN (CASE WHEN has0 THEN 1 ELSE 0 END + CASE WHEN has1 THEN 1 ELSE 0 END) END AS peak
  FROM measured_2
),
-- the previous and the next firing event of each event
fired_2 AS (
  SELECT undecided, event_ns, id, source, group_1, group_2, within, peak, max(own_firing_ns) OVER (PARTITION BY undecided, group_1, group_2 ORDER BY event_ns RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS prev_firing_ns, min(own_firing_ns) OVER (PARTITION BY undecided, group_1, group_2 ORDER BY event_ns RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS firing_ns
  FROM judged_2
),
-- events in the window of a firing event, with the start of their episode
runs_2 AS (
  SELECT undecided, event_ns, id, source, group_1, group_2, within, peak, firing_ns, max(CASE WHEN prev_firing_ns IS NULL OR prev_firing_ns <= firing_ns - 3600000000000 THEN firing_ns END) OVER (PARTITION BY undecided, group_1, group_2 ORDER BY event_ns RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS episode_start_ns
  FROM fired_2
  WHERE undecided OR firing_ns < event_ns + 3600000000000
),
-- the events below that belong to them
taken_2 AS (
  SELECT undecided, event_ns, id, source, group_1, group_2, within, episode_start_ns, peak, taken
  FROM runs_2 CROSS JOIN UNNEST(within) AS each (taken)
),
-- each event of an episode once
counted_2 AS (
  SELECT undecided, group_1, group_2, episode_start_ns, CAST(element_at(taken, 1) AS BIGINT) AS moment_ns, element_at(taken, 2) AS event, element_at(taken, 3) AS origin, max(event_ns) AS end_ns, max(peak) AS peak,
    min(CASE WHEN event_ns = episode_start_ns THEN ARRAY[id, source] END) AS opening, count(*) AS event_count
  FROM taken_2
  GROUP BY undecided, group_1, group_2, episode_start_ns, CAST(element_at(taken, 1) AS BIGINT), element_at(taken, 2), element_at(taken, 3)
)
-- one row for each episode that starts in the time range, and one if events could not be decided
SELECT '5c22c469-63e9-48fd-a4d4-748ca3c77ebf' AS rule,
  group_1 AS "userIdentity.userName",
  group_2 AS recipientAccountId,
  to_iso8601(from_unixtime_nanos(episode_start_ns)) AS opened,
  element_at(opening, 1) AS opening_event,
  element_at(opening, 2) AS opening_source,
  to_iso8601(from_unixtime_nanos(begin_ns)) AS first_event,
  to_iso8601(from_unixtime_nanos(end_ns)) AS last_event,
  events AS events,
  json_format(CAST(slice(ids, 1, 1000) AS json)) AS event_ids,
  CAST(peak AS VARCHAR) AS value,
  CASE WHEN undecided THEN event_count WHEN events > 1000 THEN 1 ELSE 0 END AS undecided_events
FROM (
  SELECT undecided, group_1, group_2, episode_start_ns, min(opening) AS opening, min(moment_ns) AS begin_ns, max(end_ns) AS end_ns, count(*) AS events,
    array_agg(event ORDER BY moment_ns, event, origin) AS ids, max(peak) AS peak, CAST(sum(event_count) AS BIGINT) AS event_count
  FROM counted_2
  GROUP BY undecided, group_1, group_2, episode_start_ns
) AS found
WHERE undecided OR episode_start_ns >= 1773100800000000000 AND episode_start_ns < 1773187200000000000
ORDER BY undecided DESC, episode_start_ns, group_1, group_2, events
