CREATE TABLE hive."default".vpc_flow_logs (
  version integer,
  account_id varchar,
  interface_id varchar,
  srcaddr varchar,
  dstaddr varchar,
  srcport integer,
  dstport integer,
  protocol bigint,
  packets bigint,
  bytes bigint,
  "start" bigint,
  "end" bigint,
  action varchar,
  log_status varchar,
  "date" date
)
WITH (
  format = 'TEXTFILE',
  textfile_field_separator = ' ',
  skip_header_line_count = 1,
  partitioned_by = ARRAY['date'],
  external_location = 'local:///default'
)
