/** A session that this STS opened. */
export interface IssuedSession {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  /** Epoch milliseconds. */
  readonly issuedAt: number
  readonly expiresAt: number
  readonly accountId: string
  readonly kind: 'role' | 'user' | 'federated-user'
  /** What its permissions come from: the role, or the IAM user. */
  readonly owner: string
  /** `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`, `…:federated-user/NAME`, or the IAM user's own. */
  readonly arn: string
  /** `AROA…:SESSION`. */
  readonly userId: string
  readonly tags: Readonly<Record<string, string>>
  readonly transitiveTags: readonly string[]
  readonly sourceIdentity?: string | undefined
  readonly policy?: string | undefined
  readonly policyArns: readonly string[]
  /** What GetScopedCredentials laid over it, the oldest first. */
  readonly scopes: readonly Scope[]
  /**
   * A role taken by temporary keys, a role's or a user's: no SessionDuration at the console (IAM User Guide, "Enable
   * custom identity broker access": who calls AssumeRole must be an IAM user with long-term credentials).
   */
  readonly byTemporaryKeys?: boolean
  /** When a second factor was presented for it, epoch milliseconds. */
  readonly mfaAt?: number | undefined
  /** Percent of the 4,096 bytes that its token takes. */
  readonly utilization: number
}

/** One layer that narrows a session. */
export interface Scope {
  readonly policy?: string | undefined
  readonly description?: string | undefined
}

/** What an action says of a session; keys, token and times are made here. */
export type NewSession = Omit<
  IssuedSession,
  'accessKeyId' | 'secretAccessKey' | 'sessionToken' | 'issuedAt' | 'utilization'
> & {
  /** MinimumSessionTokenSize, bytes: a test aid of STS. */
  readonly leastToken?: number | undefined
}
