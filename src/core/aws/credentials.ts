/** Temporary AWS credentials as STS hands them out. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
  /** Who the credentials act as, for example `arn:aws:sts::111122223333:assumed-role/Admin/alice`. */
  readonly principalArn: string
  readonly accountId: string
  /** Default region for the environment that receives them. */
  readonly region: string
  /** What AWS said beside; for the audit trail, never for whoever gets the credentials. */
  readonly receipt?: Receipt
}

/** Long-term keys of an IAM user. They are given to whoever signs with them, and to nobody else. */
export interface UserKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** How AWS itself knows a hand-out. */
export interface Receipt {
  /** CloudTrail's `requestID`. */
  readonly awsRequestId?: string
  /** Of the STS that answered. */
  readonly stsRegion?: string
  /** `AROA…:alice`, the start of every `principalId` in CloudTrail; of a federated user `111122223333:alice`. */
  readonly assumedRoleId?: string
  /** Percent of what AWS allots to policies and tags. */
  readonly packedPolicySize?: number
  /** Bytes of the session token, and the percentage of AWS's limit that they are. */
  readonly sessionSize?: number
  readonly sessionUtilization?: number
  /** CloudTrail's name of a session that was narrowed after it was opened. */
  readonly scopedSessionId?: string
}
