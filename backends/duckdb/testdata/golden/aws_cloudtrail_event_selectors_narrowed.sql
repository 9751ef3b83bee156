-- AWS CloudTrail Event Selectors Narrowed
-- id: 4fc7161f-5c48-4106-b0fd-492bc3bce3f6
-- level: high
-- technique: T1685.002
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
    AND lower(eventSource) = 'cloudtrail.amazonaws.com'
    AND lower(eventName) = 'puteventselectors'
    AND errorCode IS NULL
    AND (
      list_bool_or(list_transform(
        sigma_leaves(requestParameters, '/eventSelectors/includeManagementEvents', sigma_step(sigma_step([CAST(requestParameters AS JSON)], '/eventSelectors'), '/includeManagementEvents')),
        lambda x: lower(x) = 'false'))
      OR list_bool_or(list_transform(
        sigma_leaves(requestParameters, '/eventSelectors/readWriteType', sigma_step(sigma_step([CAST(requestParameters AS JSON)], '/eventSelectors'), '/readWriteType')),
        lambda x: lower(x) IN ('readonly', 'writeonly')))
      OR list_bool_or(list_transform(
        sigma_leaves(requestParameters, '/eventSelectors/excludeManagementEventSources', sigma_step(sigma_step([CAST(requestParameters AS JSON)], '/eventSelectors'), '/excludeManagementEventSources')),
        lambda x: x IS NOT NULL))
      OR list_bool_or(list_transform(
        sigma_leaves(requestParameters, '/advancedEventSelectors/fieldSelectors/field', sigma_step(sigma_step(sigma_step([CAST(requestParameters AS JSON)], '/advancedEventSelectors'), '/fieldSelectors'), '/field')),
        lambda x: lower(x) IN ('eventsource', 'readonly', 'sessioncredentialfromconsole', 'useridentity.arn')))
      OR (
        list_bool_or(list_transform(
          sigma_leaves(requestParameters, '/advancedEventSelectors/fieldSelectors/field', sigma_step(sigma_step(sigma_step([CAST(requestParameters AS JSON)], '/advancedEventSelectors'), '/fieldSelectors'), '/field')),
          lambda x: x IS NOT NULL))
        AND NOT COALESCE(
          list_bool_or(list_transform(
            sigma_leaves(requestParameters, '/advancedEventSelectors/fieldSelectors/equals', sigma_step(sigma_step(sigma_step([CAST(requestParameters AS JSON)], '/advancedEventSelectors'), '/fieldSelectors'), '/equals')),
            lambda x: lower(x) = 'management'))
        , FALSE)
      )
    )
  )
ORDER BY _file, _index;
