CREATE TABLE hive."default".gd_logs (
  schemaversion varchar,
  accountid varchar,
  region varchar,
  "partition" varchar,
  id varchar,
  arn varchar,
  "type" varchar,
  resource varchar,
  service varchar,
  severity varchar,
  createdat varchar,
  updatedat varchar,
  title varchar,
  description varchar
)
WITH (
  format = 'OPENX_JSON',
  external_location = 'local:///export'
)
