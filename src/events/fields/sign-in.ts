import type { Person, Refused, SessionRef } from './person.ts'

/** What a program said of itself; nothing of it is proven but its address. */
interface Asking {
  readonly client: string
  readonly deviceAddress: string
  readonly host?: string
  readonly roleArn?: string
  /** Seconds. */
  readonly duration?: number
}

/** Who came in, let a program in, and left. */
export interface SignInFields {
  sign_in: Person & {
    readonly kind?: 'browser' | 'cli' | 'aws-sso' | 'workload'
    readonly mfa?: boolean
    readonly authnContext?: string
    readonly unsolicited?: boolean
    /** It answers a wish for more than the sign-in before had. */
    readonly steppedUp?: true
    /** Names of the attributes that came, never their values. */
    readonly attributes?: readonly string[]
    /** ISO 8601. */
    readonly expiresAt?: string
  }
  /** `idp`: from which one the message says to come; that it does was not always proven. */
  sign_in_refused: Refused & { readonly idp?: string; readonly issuer?: string; readonly user?: string }
  /** A logout message of an identity provider, or what pretended to be one. */
  logout_refused: Refused & { readonly idp?: string }
  /** `replaced`: somebody else signed in in the same browser. */
  sign_out: Person & { readonly reason: 'user' | 'identity_provider' | 'revoked' | 'replaced' }
  /** A person let a program in, or sent it away. */
  device_authorization_approved: Person & Asking
  device_authorization_denied: Person & Asking
  authorization_approved: Person & Asking
  /** An old refresh credential came again: its session was ended. */
  refresh_reuse_detected: { readonly sessionId: SessionRef; readonly client: string }
  /** A person, or the bridge for their safety, ended another session than the one they were in. */
  session_revoked: Person & {
    readonly kind: 'browser' | 'cli' | 'aws-sso' | 'workload'
    /** `too_many`: the person has as many as anybody may, and opened another one. `stepped_up`: a stronger one took its place. */
    readonly reason: 'revoked' | 'too_many' | 'stepped_up' | 'locked'
    /** The session that asked for it. */
    readonly by?: SessionRef
    /** Whose session that is, where it is somebody else’s: an administrator’s. */
    readonly byUser?: string
    readonly byIdp?: string
  }
}
