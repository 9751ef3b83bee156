-- AWS Quarantine Policy Attached to an IAM User
-- id: d31df0aa-b6aa-4e4d-997a-22dfe98b3a62
-- level: high
-- technique: T1552, T1078.004
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
    AND lower(eventName) = 'attachuserpolicy'
    AND list_bool_or(list_transform(
      sigma_leaves(requestParameters, '/policyArn', sigma_step([CAST(requestParameters AS JSON)], '/policyArn')),
      lambda x: starts_with(lower(x), 'arn:aws:iam::aws:policy/awscompromisedkeyquarantine')
      OR starts_with(lower(x), 'arn:aws-cn:iam::aws:policy/awscompromisedkeyquarantine')
      OR starts_with(lower(x), 'arn:aws-us-gov:iam::aws:policy/awscompromisedkeyquarantine')
      OR starts_with(lower(x), 'arn:aws-eusc:iam::aws:policy/awscompromisedkeyquarantine')))
  )
ORDER BY _file, _index;
