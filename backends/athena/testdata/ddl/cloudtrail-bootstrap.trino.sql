CREATE TABLE hive."default".cloudtrail (
  eventversion varchar,
  useridentity row("type" varchar, principalid varchar, arn varchar, accountid varchar, accesskeyid varchar, username varchar, invokedby varchar, sessioncontext row(attributes row(mfaauthenticated varchar, creationdate varchar), sessionissuer row("type" varchar, principalid varchar, arn varchar, accountid varchar, username varchar))),
  eventtime varchar,
  eventsource varchar,
  eventname varchar,
  awsregion varchar,
  sourceipaddress varchar,
  useragent varchar,
  errorcode varchar,
  errormessage varchar,
  requestparameters varchar,
  responseelements varchar,
  additionaleventdata varchar,
  requestid varchar,
  eventid varchar,
  readonly varchar,
  resources array(row(arn varchar, accountid varchar, "type" varchar)),
  eventtype varchar,
  apiversion varchar,
  recipientaccountid varchar,
  serviceeventdetails varchar,
  sharedeventid varchar,
  vpcendpointid varchar,
  date_partition varchar,
  region_partition varchar,
  account_partition varchar
)
WITH (
  format = 'OPENX_JSON',
  partitioned_by = ARRAY['date_partition', 'region_partition', 'account_partition'],
  external_location = 'local:///bootstrap'
)
