-- Sessions that AWS opened for the bridge's identity provider, and that the bridge never handed out: somebody else has its
-- signing key, or its trail was cut. Each row wants an explanation. Two that are harmless: a role on the way to another
-- (`through:`), whose session the bridge keeps to itself, and a call whose answer was lost on the way back.
-- Leave out the last hour: CloudTrail takes minutes to arrive.
SELECT
  c.eventtime,
  c.eventname,
  c.recipientaccountid,
  c.sourceipaddress,
  json_extract_scalar(c.requestparameters, '$.roleArn') AS rolearn,
  json_extract_scalar(c.responseelements, '$.assumedRoleUser.arn') AS principalarn,
  json_extract_scalar(c.responseelements, '$.credentials.accessKeyId') AS accesskeyid,
  c.requestid
FROM cloudtrail_logs c
LEFT JOIN rolebridge_events r
  ON r.awsrequestid = c.requestid
  AND r.type IN ('credentials_issued', 'console_link_issued')
WHERE c.eventsource = 'sts.amazonaws.com'
  AND c.eventname = 'AssumeRoleWithSAML'
  AND c.errorcode IS NULL
  AND json_extract_scalar(c.requestparameters, '$.principalArn') LIKE '%:saml-provider/rolebridge'
  AND c.eventtime BETWEEN '2026-11-01T00:00:00Z' AND '2026-11-24T00:00:00Z'
  AND r.awsrequestid IS NULL
ORDER BY c.eventtime;
