CREATE TABLE hive."default".r53_rlogs (
  version varchar,
  account_id varchar,
  region varchar,
  vpc_id varchar,
  query_timestamp varchar,
  query_name varchar,
  query_type varchar,
  query_class varchar,
  rcode varchar,
  answers array(row(rdata varchar, "type" varchar, class varchar)),
  srcaddr varchar,
  srcport integer,
  transport varchar,
  srcids row(instance varchar, resolver_endpoint varchar),
  firewall_rule_group_id varchar,
  firewall_rule_action varchar,
  firewall_domain_list_id varchar,
  "date" varchar,
  vpc varchar
)
WITH (
  format = 'OPENX_JSON',
  partitioned_by = ARRAY['date', 'vpc'],
  external_location = 'local:///projection'
)
