-- The trail of Rolebridge as a table of Athena: JSON lines in a bucket, as Firehose, the CloudWatch agent or
-- `aws s3 cp audit.jsonl.1 …` put them there. CloudTrail's own table is `cloudtrail_logs`, as the console creates it.
CREATE EXTERNAL TABLE rolebridge_events (
  type string,
  id string,
  at string,
  `user` string,
  idp string,
  rolearn string,
  accountid string,
  rule string,
  accesskeyid string,
  principalarn string,
  assumedroleid string,
  awsrequestid string,
  expiresat string,
  sourceip string
)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
WITH SERDEPROPERTIES ('ignore.malformed.json' = 'true', 'case.insensitive' = 'true')
LOCATION 's3://EXAMPLE-BUCKET/rolebridge/';
