CREATE TABLE hive."default".event_data_store_id (
  eventversion varchar,
  useridentity row("type" varchar, principalid varchar, arn varchar, accountid varchar, accesskeyid varchar, username varchar, invokedby varchar, identityprovider varchar, onbehalfof row(userid varchar, identitystorearn varchar), inscopeof row(sourcearn varchar, sourceaccount varchar, issuertype varchar, credentiaisissuedto varchar), sessioncontext row(attributes row(mfaauthenticated varchar, creationdate timestamp(3)), sessionissuer row("type" varchar, principalid varchar, arn varchar, accountid varchar, username varchar), sourceidentity varchar, ec2roledelivery varchar, ec2issuedinvpc varchar, webidfederationdata row(federatedprovider varchar, attributes map(varchar, varchar)))),
  eventtime timestamp(3),
  eventsource varchar,
  eventname varchar,
  awsregion varchar,
  sourceipaddress varchar,
  useragent varchar,
  errorcode varchar,
  errormessage varchar,
  eventjson varchar,
  requestid varchar,
  eventid varchar,
  readonly boolean,
  resources array(row(arn varchar, accountid varchar, "type" varchar)),
  eventtype varchar,
  apiversion varchar,
  managementevent boolean,
  recipientaccountid varchar,
  sharedeventid varchar,
  vpcendpointid varchar,
  eventcategory varchar,
  tlsdetails row(tlsversion varchar, ciphersuite varchar, clientprovidedhostheader varchar)
)
WITH (
  format = 'PARQUET',
  external_location = 'local:///lake'
)
