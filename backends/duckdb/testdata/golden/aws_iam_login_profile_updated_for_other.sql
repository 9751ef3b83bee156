-- AWS Console Password Changed for Another IAM User
-- id: 2416c699-362a-403d-a3f6-1c215f39f907
-- level: medium
-- technique: T1098
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
    AND lower(eventSource) = 'iam.amazonaws.com'
    AND lower(eventName) = 'updateloginprofile'
    AND errorCode IS NULL
    AND NOT COALESCE(
      lower(json_extract_string(userIdentity, '/type')) = 'iamuser'
      AND list_bool_or(list_transform(
        sigma_leaves(requestParameters, '/userName', sigma_step([CAST(requestParameters AS JSON)], '/userName')),
        lambda x: lower(json_extract_string(userIdentity, '/userName')) = lower(x)))
    , FALSE)
  )
ORDER BY _file, _index;
