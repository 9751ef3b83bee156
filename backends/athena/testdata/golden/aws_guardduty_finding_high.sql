-- AWS GuardDuty Finding of High Severity
-- id: 9bf8af33-75fd-4a73-a308-e2e201d54e66
-- level: high
SELECT accountid, region, id, "type" AS "type", resource, service, severity, updatedat, title
FROM gd_logs
WHERE updatedat >= '2026-03-10T00:00:00'
  AND updatedat < '2026-03-11T00:00:00'
  AND CASE WHEN regexp_like(severity, '\A-?[0-9]{1,20}(\.[0-9]{1,17})?\z') THEN try_cast(severity AS decimal(38,17)) >= DECIMAL '7' ELSE regexp_like(severity, '\A-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?\z') AND try_cast(severity AS double) >= CAST('7' AS double) END
  AND CASE WHEN regexp_like(severity, '\A-?[0-9]{1,20}(\.[0-9]{1,17})?\z') THEN try_cast(severity AS decimal(38,17)) < DECIMAL '9' ELSE regexp_like(severity, '\A-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?\z') AND try_cast(severity AS double) < CAST('9' AS double) END
  AND NOT COALESCE(
    any_match(
      reduce(ARRAY['$', '$', '$["archived"]', '$', '$', '$'], ARRAY[json_extract(service, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) IS NOT NULL THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
      x -> lower(json_extract_scalar(x, '$')) = 'true')
  , FALSE)
