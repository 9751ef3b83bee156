CREATE TABLE hive."default".amazon_security_lake_table_us_east_1_cloud_trail_mgmt_2_0 (
  metadata row(product row(version varchar, feature row(name varchar)), uid varchar, event_code varchar),
  actor row("user" row("type" varchar, uid_alt varchar, uid varchar, account row(uid varchar), credential_uid varchar, name varchar), invoked_by varchar, session row(is_mfa boolean, created_time_dt timestamp(3), issuer varchar)),
  time_dt timestamp(3),
  api row(service row(name varchar), operation varchar, response row(error varchar, message varchar, data varchar), request row(data varchar, uid varchar), version varchar),
  cloud row(region varchar),
  src_endpoint row(ip varchar, domain varchar, uid varchar),
  http_request row(user_agent varchar),
  resources array(row(uid varchar, account row(uid varchar), "type" varchar))
)
WITH (
  format = 'PARQUET',
  external_location = 'local:///security-lake'
)
