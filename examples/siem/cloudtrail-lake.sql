-- CloudTrail Lake cannot join a file of ours: ask it for the calls, and compare their ids with those of the trail.
-- EVENT_DATA_STORE is the id of yours.
SELECT
  eventTime,
  recipientAccountId,
  sourceIPAddress,
  element_at(requestParameters, 'roleArn') AS roleArn,
  requestID
FROM EVENT_DATA_STORE
WHERE eventSource = 'sts.amazonaws.com'
  AND eventName = 'AssumeRoleWithSAML'
  AND errorCode IS NULL
  AND element_at(requestParameters, 'principalArn') LIKE '%:saml-provider/rolebridge'
  AND eventTime BETWEEN '2026-11-01 00:00:00' AND '2026-11-24 00:00:00'
ORDER BY eventTime
