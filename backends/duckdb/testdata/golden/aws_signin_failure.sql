-- AWS Console Failed Sign-In
-- id: 5bd0f521-be84-462b-bb9b-e05d0e8e2329
-- level: informational
CREATE OR REPLACE TEMP MACRO sigma_open(xs) AS flatten(list_transform(xs, lambda x: CASE WHEN json_type(x) = 'ARRAY' THEN json_extract(x, '$[*]') ELSE [x] END));
CREATE OR REPLACE TEMP MACRO sigma_step(xs, key) AS list_filter(list_transform(sigma_open(sigma_open(xs)), lambda x: json_extract(x, key)), lambda x: x IS NOT NULL);
CREATE OR REPLACE TEMP MACRO sigma_texts(xs) AS list_filter(list_transform(sigma_open(sigma_open(xs)), lambda x: x ->> '$'), lambda x: x IS NOT NULL);
CREATE OR REPLACE TEMP MACRO sigma_leaves(j, path, xs) AS CASE WHEN contains(j, '[') THEN sigma_texts(xs) ELSE [json_extract_string(j, path)] END;
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND lower(eventSource) = 'signin.amazonaws.com'
    AND lower(eventName) = 'consolelogin'
    AND list_bool_or(list_transform(
      sigma_leaves(responseElements, '/ConsoleLogin', sigma_step([CAST(responseElements AS JSON)], '/ConsoleLogin')),
      lambda x: lower(x) = 'failure'))
  )
ORDER BY _file, _index;
