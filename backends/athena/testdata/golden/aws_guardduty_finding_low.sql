-- AWS GuardDuty Finding of Low Severity
-- id: 8894f1b1-c315-4ac6-9f07-bac4ab63d574
-- level: low
SELECT accountid, region, id, "type" AS "type", resource, service, severity, updatedat, title
FROM gd_logs
WHERE updatedat >= '2026-03-10T00:00:00'
  AND updatedat < '2026-03-11T00:00:00'
  AND CASE WHEN regexp_like(severity, '\A-?[0-9]{1,20}(\.[0-9]{1,17})?\z') THEN try_cast(severity AS decimal(38,17)) >= DECIMAL '1' ELSE regexp_like(severity, '\A-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?\z') AND try_cast(severity AS double) >= CAST('1' AS double) END
  AND CASE WHEN regexp_like(severity, '\A-?[0-9]{1,20}(\.[0-9]{1,17})?\z') THEN try_cast(severity AS decimal(38,17)) < DECIMAL '4' ELSE regexp_like(severity, '\A-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?\z') AND try_cast(severity AS double) < CAST('4' AS double) END
  AND NOT COALESCE(
    any_match(
      reduce(ARRAY['$', '$', '$["archived"]', '$', '$', '$'], ARRAY[json_extract(service, '$')], (s, k) -> transform(flatten(transform(s, v -> CASE WHEN json_array_length(v) IS NOT NULL THEN CAST(v AS array(json)) ELSE ARRAY[v] END)), v -> json_extract(v, k)), s -> s),
      x -> lower(json_extract_scalar(x, '$')) = 'true')
  , FALSE)
