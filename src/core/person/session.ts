import type { Identity } from './identity.ts'

/** One sign-in of one person, by browser or by command line. Held in the store, encrypted. */
export interface Session {
  readonly id: string
  readonly kind: 'browser' | 'cli' | 'aws-sso' | 'workload'
  readonly identity: Identity
  /** Epoch milliseconds. */
  readonly createdAt: number
  readonly expiresAt: number
  /** The browser session that approved this one; ends with it on logout from the identity provider. */
  readonly parent?: string
  /** The sign-in it came of was not asked for: it began at a tile of the identity provider. */
  readonly unsolicited?: true
  /** What the person let the program in for; absent: all that they may take. */
  readonly only?: SessionBounds
  /** The AI agent that it was approved for, as it called itself then. */
  readonly agent?: string
  /** Where and with what the session was opened, for people who look through their sessions. */
  readonly client: ClientInfo
  /** OpenID Connect: tells the provider at sign-out whom it is about. */
  readonly idToken?: string
  /** Passthrough: the identity provider's own response, base64, and until when STS redeems it. */
  readonly passthrough?: { readonly response: string; readonly redeemableUntil: number }
  /** Of a workload whose token is handed on to STS: the token, a secret, and until when it is good. */
  readonly webIdentity?: { readonly token: string; readonly redeemableUntil: number }
}

/** The bounds of a session, as the person saw them when they approved it. */
export interface SessionBounds {
  /** A role ARN, a role name, or `account/name`. */
  readonly role: string
  /** Seconds for which a role is held at most. */
  readonly duration?: number
}

export interface ClientInfo {
  readonly address: string
  readonly userAgent: string
  /** What a command line says of itself; shown, never trusted. */
  readonly name?: string
  readonly host?: string
}

/** The circumstances of one request, for conditions and the audit trail. */
export interface RequestContext {
  readonly requestId: string
  readonly sourceIp: string
  readonly userAgent: string
  /** By which door the person came. */
  readonly channel: 'portal' | 'tile' | 'cli' | 'api' | 'aws-sso' | 'console' | 'workload'
  /** What is asked for is a link to the console, whatever the door. */
  readonly console?: true
  /** The AI agent that runs the program, as the program says of itself. */
  readonly agent?: string
  /** What a role is wanted for, where somebody said so with the wish. */
  readonly reason?: string
}

/** The circumstances of a request with the purpose that its wish names. */
export function withReason(context: RequestContext, purpose: string | undefined): RequestContext {
  return purpose === undefined ? context : { ...context, reason: purpose }
}

/** A name for an agent out of whatever a program calls it: short, in small letters; never nothing. */
export function agentName(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^-+|-+$/g, '')
  return name.slice(0, 64) || 'unknown'
}
