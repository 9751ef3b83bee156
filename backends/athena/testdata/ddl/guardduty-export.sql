CREATE EXTERNAL TABLE gd_logs (
  schemaversion string,
  accountid string,
  region string,
  `partition` string,
  id string,
  arn string,
  type string,
  resource string,
  service string,
  severity string,
  createdat string,
  updatedat string,
  title string,
  description string
)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
LOCATION 's3://<bucket>/AWSLogs/<account-id>/GuardDuty/'
TBLPROPERTIES (
  'has_encrypted_data' = 'true'
)
