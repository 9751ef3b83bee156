-- AWS GuardDuty Detector Updated
-- id: 3e21f910-a017-4f56-b65c-aec46fc88663
-- level: low
-- technique: T1685
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
    AND lower(eventSource) = 'guardduty.amazonaws.com'
    AND lower(eventName) = 'updatedetector'
    AND errorCode IS NULL
    AND NOT COALESCE(
      list_bool_or(list_transform(
        sigma_leaves(requestParameters, '/enable', sigma_step([CAST(requestParameters AS JSON)], '/enable')),
        lambda x: lower(x) = 'false'))
      OR list_bool_or(list_transform(
        sigma_leaves(requestParameters, '/findingPublishingFrequency', sigma_step([CAST(requestParameters AS JSON)], '/findingPublishingFrequency')),
        lambda x: lower(x) = 'six_hours'))
      OR list_bool_or(list_transform(
        sigma_leaves(requestParameters, '/dataSources/s3Logs/enable', sigma_step(sigma_step(sigma_step([CAST(requestParameters AS JSON)], '/dataSources'), '/s3Logs'), '/enable')),
        lambda x: lower(x) = 'false'))
      OR list_bool_or(list_transform(
        sigma_leaves(requestParameters, '/dataSources/kubernetes/auditLogs/enable', sigma_step(sigma_step(sigma_step(sigma_step([CAST(requestParameters AS JSON)], '/dataSources'), '/kubernetes'), '/auditLogs'), '/enable')),
        lambda x: lower(x) = 'false'))
      OR list_bool_or(list_transform(
        sigma_leaves(requestParameters, '/dataSources/malwareProtection/scanEc2InstanceWithFindings/ebsVolumes', sigma_step(sigma_step(sigma_step(sigma_step([CAST(requestParameters AS JSON)], '/dataSources'), '/malwareProtection'), '/scanEc2InstanceWithFindings'), '/ebsVolumes')),
        lambda x: lower(x) = 'false'))
      OR list_bool_or(list_transform(
        sigma_leaves(requestParameters, '/features/status', sigma_step(sigma_step([CAST(requestParameters AS JSON)], '/features'), '/status')),
        lambda x: lower(x) = 'disabled'))
      OR list_bool_or(list_transform(
        sigma_leaves(requestParameters, '/features/additionalConfiguration/status', sigma_step(sigma_step(sigma_step([CAST(requestParameters AS JSON)], '/features'), '/additionalConfiguration'), '/status')),
        lambda x: lower(x) = 'disabled'))
    , FALSE)
  )
ORDER BY _file, _index;
