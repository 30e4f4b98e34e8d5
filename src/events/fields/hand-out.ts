import type { Person, Refused } from './person.ts'

/** What was handed out. */
interface HandedOut extends Person {
  readonly roleArn: string
  readonly accountId: string
  readonly rule: string
  /** How the role was taken at STS. */
  readonly via?: string
  /** Roles on the way to it. */
  readonly through?: readonly string[]
  /** Seconds. */
  readonly duration: number
  readonly accessKeyId: string
  readonly principalArn: string
  /** `AROA…:alice`, as CloudTrail's `principalId` begins. */
  readonly assumedRoleId?: string
  /** Of the call of STS that handed it out, as CloudTrail's `requestID` has it. */
  readonly awsRequestId?: string
  /** Region of the STS that answered; with `aws.fallbackRegion` it may be the other one. */
  readonly stsRegion?: string
  /** Percent of what AWS allots to policies and tags. */
  readonly packedPolicySize?: number
  /** Bytes of the session token (no name here may hold that word: the guard takes it for the token itself), and the percentage of AWS's limit that they are. */
  readonly sessionSize?: number
  readonly sessionUtilization?: number
  /** ISO 8601. */
  readonly expiresAt: string
  readonly sourceIdentity?: string
  /** CloudTrail's name of a session that was narrowed after it was opened. */
  readonly scopedSessionId?: string
  /** What for, as whoever asked put it. */
  readonly purpose?: string
  /** SHA-256 of the session policy that was asked for, as JSON without spaces. */
  readonly policyDigest?: string
  /** Narrowed to AWS's ReadOnlyAccess. */
  readonly readOnly?: true
  /** The request that opened the role, where somebody had to allow it. */
  readonly request?: string
  /** Nobody had to allow that request. */
  readonly breakGlass?: true
}

/** What was handed out, and what was not. */
export interface HandOutFields {
  credentials_issued: HandedOut & {
    /** Passthrough: credentials of an earlier request were handed out again. */
    readonly reused: boolean
  }
  credentials_refused: Refused &
    Partial<Person> & { readonly roleArn?: string; readonly accountId?: string; readonly rule?: string }
  console_link_issued: HandedOut & { readonly destination?: string }
}
