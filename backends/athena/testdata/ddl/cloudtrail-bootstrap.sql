CREATE EXTERNAL TABLE cloudtrail (
  eventversion string,
  useridentity struct<
    type: string,
    principalid: string,
    arn: string,
    accountid: string,
    accesskeyid: string,
    username: string,
    invokedby: string,
    sessioncontext: struct<
      attributes: struct<
        mfaauthenticated: string,
        creationdate: string
      >,
      sessionissuer: struct<
        type: string,
        principalid: string,
        arn: string,
        accountid: string,
        username: string
      >
    >
  >,
  eventtime string,
  eventsource string,
  eventname string,
  awsregion string,
  sourceipaddress string,
  useragent string,
  errorcode string,
  errormessage string,
  requestparameters string,
  responseelements string,
  additionaleventdata string,
  requestid string,
  eventid string,
  readonly string,
  resources array<struct<
    arn: string,
    accountid: string,
    type: string
  >>,
  eventtype string,
  apiversion string,
  recipientaccountid string,
  serviceeventdetails string,
  sharedeventid string,
  vpcendpointid string
)
PARTITIONED BY (date_partition string, region_partition string, account_partition string)
ROW FORMAT SERDE 'com.amazon.emr.hive.serde.CloudTrailSerde'
STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://<bucket>/AWSLogs/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.date_partition.type' = 'date',
  'projection.date_partition.format' = 'yyyy/MM/dd',
  'projection.date_partition.interval' = '1',
  'projection.date_partition.interval.unit' = 'DAYS',
  'projection.date_partition.range' = '2020/01/01,NOW',
  'projection.region_partition.type' = 'enum',
  'projection.region_partition.values' = '<region>,<region>',
  'projection.account_partition.type' = 'enum',
  'projection.account_partition.values' = '<account-id>,<account-id>',
  'storage.location.template' = 's3://<bucket>/AWSLogs/${account_partition}/CloudTrail/${region_partition}/${date_partition}'
)
