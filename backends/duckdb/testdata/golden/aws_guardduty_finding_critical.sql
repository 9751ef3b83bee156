-- AWS GuardDuty Finding of Critical Severity
-- id: 2a25191a-bd8b-47e9-a3aa-d3d94550bd4a
-- level: critical
CREATE OR REPLACE TEMP MACRO sigma_open(xs) AS flatten(list_transform(xs, lambda x: CASE WHEN json_type(x) = 'ARRAY' THEN json_extract(x, '$[*]') ELSE [x] END));
CREATE OR REPLACE TEMP MACRO sigma_step(xs, key) AS list_filter(list_transform(sigma_open(sigma_open(xs)), lambda x: json_extract(x, key)), lambda x: x IS NOT NULL);
CREATE OR REPLACE TEMP MACRO sigma_texts(xs) AS list_filter(list_transform(sigma_open(sigma_open(xs)), lambda x: x ->> '$'), lambda x: x IS NOT NULL);
CREATE OR REPLACE TEMP MACRO sigma_leaves(j, path, xs) AS CASE WHEN contains(j, '[') THEN sigma_texts(xs) ELSE [json_extract_string(j, path)] END;
CREATE OR REPLACE TEMP MACRO sigma_key(sign, digits, power) AS CASE WHEN power IS NULL THEN NULL WHEN digits = '' THEN '1' WHEN sign = '-' THEN '0' || (1099511627776 - power)::VARCHAR || translate(rtrim(digits, '0'), '0123456789', '9876543210') || '~' ELSE '2' || (1099511627776 + power)::VARCHAR || rtrim(digits, '0') END;
CREATE OR REPLACE TEMP MACRO sigma_power(e) AS CASE WHEN e = '' THEN 0 WHEN TRY_CAST(e AS BIGINT) BETWEEN -1073741824 AND 1073741824 THEN TRY_CAST(e AS BIGINT) END;
CREATE OR REPLACE TEMP MACRO sigma_number(t) AS list_extract(list_transform([regexp_extract(t, '\A(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([-+]?[0-9]+))?\z', ['sign', 'whole', 'fraction', 'exponent'])], lambda n: CASE WHEN n.whole <> '' THEN sigma_key(n.sign, ltrim(n.whole || n.fraction, '0'), len(ltrim(n.whole || n.fraction, '0')) - len(n.fraction) + sigma_power(n.exponent)) END), 1);
SELECT _file, _index, irregular, record, [0] AS rules
FROM guardduty
WHERE irregular
  OR (
    updatedAt >= '2026-03-10T00:00:00'
    AND updatedAt < '2026-03-11T00:00:00'
    AND sigma_number(severity) >= sigma_number('9')
    AND NOT COALESCE(
      list_bool_or(list_transform(
        sigma_leaves(service, '/archived', sigma_step([CAST(service AS JSON)], '/archived')),
        lambda x: lower(x) = 'true'))
    , FALSE)
  )
ORDER BY _file, _index;
