-- AWS Access Key Created for Another IAM User
-- id: f1a49c3b-44d6-486e-9c50-72c630637005
-- level: medium
-- technique: T1098.001
CREATE OR REPLACE TEMP MACRO sigma_open(xs) AS flatten(list_transform(xs, lambda x: CASE WHEN json_type(x) = 'ARRAY' THEN json_extract(x, '$[*]') ELSE [x] END));
CREATE OR REPLACE TEMP MACRO sigma_step(xs, key) AS list_filter(list_transform(sigma_open(sigma_open(xs)), lambda x: json_extract(x, key)), lambda x: x IS NOT NULL);
CREATE OR REPLACE TEMP MACRO sigma_texts(xs) AS list_filter(list_transform(sigma_open(sigma_open(xs)), lambda x: x ->> '$'), lambda x: x IS NOT NULL);
CREATE OR REPLACE TEMP MACRO sigma_leaves(j, path, xs) AS CASE WHEN contains(j, '[') THEN sigma_texts(xs) ELSE [json_extract_string(j, path)] END;
CREATE OR REPLACE TEMP MACRO sigma_hollow(xs) AS coalesce(list_bool_or(list_transform(xs, lambda x: json_type(x) = 'ARRAY' AND json_array_length(x) = 0)), FALSE);
CREATE OR REPLACE TEMP MACRO sigma_null(xs) AS (len(sigma_texts(xs)) = 0 AND NOT sigma_hollow(xs) AND NOT sigma_hollow(sigma_open(xs)));
SELECT _file, _index, irregular, record, [0] AS rules
FROM cloudtrail
WHERE irregular
  OR (
    eventTime >= '2026-03-10T00:00:00'
    AND eventTime < '2026-03-11T00:00:00'
    AND lower(eventSource) = 'iam.amazonaws.com'
    AND lower(eventName) = 'createaccesskey'
    AND errorCode IS NULL
    AND NOT COALESCE(
      (
        lower(json_extract_string(userIdentity, '/type')) = 'iamuser'
        AND list_bool_or(list_transform(
          sigma_leaves(requestParameters, '/userName', sigma_step([CAST(requestParameters AS JSON)], '/userName')),
          lambda x: lower(json_extract_string(userIdentity, '/userName')) = lower(x)))
      )
      OR (
        lower(json_extract_string(userIdentity, '/type')) = 'iamuser'
        AND list_bool_or(list_transform(
          sigma_leaves(responseElements, '/accessKey/userName', sigma_step(sigma_step([CAST(responseElements AS JSON)], '/accessKey'), '/userName')),
          lambda x: lower(json_extract_string(userIdentity, '/userName')) = lower(x)))
      )
      OR (
        lower(json_extract_string(userIdentity, '/type')) = 'iamuser'
        AND sigma_null(sigma_step([CAST(requestParameters AS JSON)], '/userName'))
        AND sigma_null(sigma_step(sigma_step([CAST(responseElements AS JSON)], '/accessKey'), '/userName'))
      )
      OR (
        lower(json_extract_string(userIdentity, '/type')) = 'root'
        AND sigma_null(sigma_step([CAST(requestParameters AS JSON)], '/userName'))
      )
    , FALSE)
  )
ORDER BY _file, _index;
