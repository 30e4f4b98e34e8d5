/** Temporary AWS credentials as STS hands them out. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
  /** Who the credentials act as, for example `arn:aws:sts::111122223333:assumed-role/Admin/alice`. */
  readonly assumedRoleArn: string
  readonly accountId: string
  /** Default region for the environment that receives them. */
  readonly region: string
}
