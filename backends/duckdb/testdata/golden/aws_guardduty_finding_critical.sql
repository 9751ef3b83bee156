-- AWS GuardDuty Finding of Critical Severity
-- id: 2a25191a-bd8b-47e9-a3aa-d3d94550bd4a
-- level: critical
CREATE OR REPLACE TEMP MACRO sigma_open(xs) AS flatten(list_transform(xs, lambda x: CASE WHEN json_type(x) = 'ARRAY' THEN json_extract(x, '$[*]') ELSE [x] END));
CREATE OR REPLACE TEMP MACRO sigma_step(xs, key) AS list_filter(list_transform(sigma_open(sigma_open(xs)), lambda x: json_extract(x, key)), lambda x: x IS NOT NULL);
CREATE OR REPLACE TEMP MACRO sigma_texts(xs) AS list_filter(list_transform(sigma_open(sigma_open(xs)), lambda x: x ->> '$'), lambda x: x IS NOT NULL);
SELECT _file, _index, irregular, record, [0] AS rules
FROM guardduty
WHERE irregular
  OR (
    updatedAt >= '2026-03-10T00:00:00'
    AND updatedAt < '2026-03-11T00:00:00'
    AND CASE WHEN regexp_full_match(severity, '-?[0-9]{1,20}(\.[0-9]{1,17})?') THEN TRY_CAST(severity AS DECIMAL(38,17)) >= 9 ELSE regexp_full_match(severity, '-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?') AND TRY_CAST(severity AS DOUBLE) >= 9 END
    AND NOT COALESCE(
      list_bool_or(list_transform(
        sigma_texts(sigma_step([CAST(service AS JSON)], '/archived')),
        lambda x: lower(x) = 'true'))
    , FALSE)
  )
ORDER BY _file, _index;
