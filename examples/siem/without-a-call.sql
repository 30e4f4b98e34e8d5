-- Hand-outs in the trail that CloudTrail does not know: an account whose CloudTrail is off or goes elsewhere, or records that
-- somebody made up. One call may be handed out several times (`reused`), which is why the call is looked for, not counted.
SELECT
  r.at,
  r.type,
  r."user",
  r.accountid,
  r.rolearn,
  r.assumedroleid,
  r.accesskeyid,
  r.awsrequestid
FROM rolebridge_events r
LEFT JOIN cloudtrail_logs c
  ON c.requestid = r.awsrequestid
  AND c.eventsource = 'sts.amazonaws.com'
  AND c.errorcode IS NULL
WHERE r.type IN ('credentials_issued', 'console_link_issued')
  AND r.awsrequestid IS NOT NULL
  AND r.at BETWEEN '2026-11-01T00:00:00Z' AND '2026-11-24T00:00:00Z'
  AND (
    c.requestid IS NULL
    OR json_extract_scalar(c.responseelements, '$.credentials.accessKeyId') <> r.accesskeyid
  )
ORDER BY r.at;
