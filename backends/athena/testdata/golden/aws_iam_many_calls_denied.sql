-- AWS Many Different Calls Denied
-- id: 5c3981a8-44ab-46d8-bb81-e5e0309e6043
-- level: medium
-- technique: T1526, T1087.004
WITH
-- events that the rules match, with the fields that the correlation reads
read_cloudtrail AS (
  SELECT FALSE AS undecided,
    CASE WHEN regexp_like(eventtime, '\A(19[1-9]|20[0-9]|21[0-8])[0-9]-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|\+00:00)\z') THEN ((date_diff('second', TIMESTAMP '1970-01-01 00:00:00', try_cast(replace(substr(eventtime, 1, 19), 'T', ' ') AS timestamp(0))) * 1000000000) + CAST(rpad(coalesce(regexp_extract(eventtime, '\.([0-9]{1,9})', 1), '0'), 9, '0') AS BIGINT)) END AS event_ns,
    nullif(eventid, '') AS id,
    useridentity.arn AS field_1,
    recipientaccountid AS field_2,
    eventsource AS field_3,
    eventname AS field_4
  FROM cloudtrail_logs_pp
  WHERE "timestamp" BETWEEN '2026/03/09' AND '2026/03/11'
    AND eventtime >= '2026-03-09T23:30:00'
    AND eventtime < '2026-03-11T00:00:00'
    AND (
      strpos(lower(replace(errorcode, 'İ', chr(65535))), 'accessdenied') > 0
      OR strpos(lower(replace(errorcode, 'İ', chr(65535))), 'unauthorizedoperation') > 0
    )
),
-- the same for every source; an event without a time or an id cannot be decided
seen AS (
  SELECT (undecided OR event_ns IS NULL OR id IS NULL) AS undecided, 0 AS input, coalesce(event_ns, 0) AS event_ns, coalesce(id, '') AS id, 'cloudtrail' AS source, field_1 AS group_1, field_2 AS group_2, CAST(length(to_utf8(field_3)) AS VARCHAR) || ':' || field_3 || CAST(length(to_utf8(field_4)) AS VARCHAR) || ':' || field_4 AS field_value
  FROM read_cloudtrail
),
-- how many events are within a timespan of each event
around AS (
  SELECT undecided, input, event_ns, id, source, group_1, group_2, field_value, count(*) OVER (PARTITION BY undecided, group_1, group_2 ORDER BY event_ns RANGE BETWEEN 899999999999 PRECEDING AND 899999999999 FOLLOWING) AS around,
    count(*) OVER (PARTITION BY event_ns, id) AS deliveries
  FROM seen
  WHERE undecided OR group_1 IS NOT NULL AND group_2 IS NOT NULL
),
-- events with enough others around them; only these can be in an episode
near AS (
  SELECT undecided, input, event_ns, id, source, group_1, group_2, field_value
  FROM around
  WHERE undecided OR around >= 10 OR deliveries > 1
),
-- each delivery of an event once
once AS (
  SELECT DISTINCT undecided, input, event_ns, id, source, group_1, group_2, field_value
  FROM near
),
-- the events of the correlation; deliveries that differ cannot be decided
events AS (
  SELECT (undecided OR count(*) OVER (PARTITION BY event_ns, id) > 1) AS undecided, input, event_ns, id, source, group_1, group_2, field_value
  FROM once
),
-- until when each value counts: its next occurrence, or the end of the timespan
spans AS (
  SELECT undecided, event_ns, id, source, group_1, group_2, field_value, ARRAY[0, 1] AS steps,
    least(coalesce(lead(event_ns) OVER (PARTITION BY undecided, group_1, group_2, field_value ORDER BY event_ns), event_ns + 900000000000), event_ns + 900000000000) AS until_ns
  FROM events
),
-- one row where a value arrives and one where it leaves
edges AS (
  SELECT undecided, event_ns, id, source, group_1, group_2, field_value, until_ns, step
  FROM spans CROSS JOIN UNNEST(steps) AS each (step)
),
-- how the number of distinct values changes there
steps AS (
  SELECT undecided, CASE WHEN step = 0 THEN event_ns ELSE until_ns END AS event_ns, id, source, group_1, group_2, step = 0 AS arrives,
    CASE WHEN field_value IS NULL THEN 0 WHEN step = 0 THEN 1 ELSE -1 END AS change
  FROM edges
),
-- the number of distinct values in the window of each event
sums AS (
  SELECT undecided, event_ns, id, source, group_1, group_2, arrives, sum(change) OVER (PARTITION BY undecided, group_1, group_2 ORDER BY event_ns RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS amount
  FROM steps
),
-- what the correlation measures in the window of each event
measured AS (
  SELECT undecided, event_ns, id, source, group_1, group_2, amount
  FROM sums
  WHERE arrives
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
  SELECT undecided, event_ns, id, source, group_1, group_2, peak, firing_ns, max(CASE WHEN prev_firing_ns IS NULL OR prev_firing_ns <= firing_ns - 900000000000 THEN firing_ns END) OVER (PARTITION BY undecided, group_1, group_2 ORDER BY event_ns RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS episode_start_ns
  FROM fired
  WHERE undecided OR firing_ns < event_ns + 900000000000
),
-- each event of an episode once
counted AS (
  SELECT undecided, group_1, group_2, episode_start_ns, event_ns AS moment_ns, id AS event, source AS origin, max(event_ns) AS end_ns, max(peak) AS peak,
    min(CASE WHEN event_ns = episode_start_ns THEN ARRAY[id, source] END) AS opening, count(*) AS event_count
  FROM runs
  GROUP BY undecided, group_1, group_2, episode_start_ns, event_ns, id, source
)
-- one row for each episode that starts in the time range, and one if events could not be decided
SELECT '5c3981a8-44ab-46d8-bb81-e5e0309e6043' AS rule,
  group_1 AS "userIdentity.arn",
  group_2 AS recipientAccountId,
  to_iso8601(from_unixtime_nanos(episode_start_ns)) AS opened,
  element_at(opening, 1) AS opening_event,
  element_at(opening, 2) AS opening_source,
  to_iso8601(from_unixtime_nanos(begin_ns)) AS first_event,
  to_iso8601(from_unixtime_nanos(end_ns)) AS last_event,
  events AS events,
  json_format(CAST(slice(ids, 1, 1000) AS json)) AS event_ids,
  CAST(peak AS VARCHAR) AS value,
  CASE WHEN undecided THEN event_count ELSE 0 END AS undecided_events
FROM (
  SELECT undecided, group_1, group_2, episode_start_ns, min(opening) AS opening, min(moment_ns) AS begin_ns, max(end_ns) AS end_ns, count(*) AS events,
    array_agg(event ORDER BY moment_ns, event, origin) AS ids, max(peak) AS peak, CAST(sum(event_count) AS BIGINT) AS event_count
  FROM counted
  GROUP BY undecided, group_1, group_2, episode_start_ns
) AS found
WHERE undecided OR episode_start_ns >= 1773100800000000000 AND episode_start_ns < 1773187200000000000
ORDER BY undecided DESC, episode_start_ns, group_1, group_2, events
