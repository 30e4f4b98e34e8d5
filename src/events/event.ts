import { createHash } from 'node:crypto'
import type { RefusalCode, RequestContext } from '../core/index.ts'
import type { ReviewExported, ReviewRead, ReviewSignedOff } from './reviews.ts'

/** A session's name in the audit trail: tells two sessions apart, opens neither. */
export type SessionRef = string & { readonly brand: 'SessionRef' }

/** The name of a person in events about them, from `lastingKey`. */
export function personRef(key: string): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, 22)
}

/** The name under which a session appears in events; the id itself is a bearer secret and never does. */
export function sessionRef(id: string): SessionRef {
  return createHash('sha256')
    .update(`rolebridge session ${id}`)
    .digest('base64url')
    .slice(0, 16) as SessionRef
}

/** No event may carry one of these; spreading credentials or a session into an event does not compile. */
type Secrets = {
  readonly [K in
    | 'secretAccessKey'
    | 'sessionToken'
    | 'assertion'
    | 'samlResponse'
    | 'cookie'
    | 'cookies'
    | 'identity'
    | 'passthrough']?: never
}

/** What every event has. The circumstances of a request come from its `RequestContext`. */
export interface EventBase extends Partial<RequestContext>, Secrets {
  /** Random, names this event. */
  readonly id: string
  /** ISO 8601, UTC, with milliseconds. */
  readonly at: string
  /** The configuration in force, by the start of its fingerprint: what it tells of was decided by that. */
  readonly config?: string
}

/** Who did it. */
interface Person {
  readonly user: string
  /** Name of the identity provider in the configuration. */
  readonly idp: string
  /** How it vouched; records of older versions do not say. */
  readonly protocol?: 'saml' | 'openid' | 'workload'
  /** Its entity ID. */
  readonly issuer: string
  readonly nameId: string
  readonly sessionId: SessionRef
}

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

/** What an administrator or an auditor did about others. Who did it is the event’s person. */
interface AboutPerson {
  /** Whom it was about, by name; absent: everybody. */
  readonly person?: string
  readonly personIdp?: string
}

/** What a program said of itself; nothing of it is proven but its address. */
interface Asking {
  readonly client: string
  readonly deviceAddress: string
  readonly host?: string
  readonly roleArn?: string
  /** Seconds. */
  readonly duration?: number
}

/** Access that somebody asked for: whose, to what, and why. Who acted on it is the event’s person. */
interface Access {
  /** Id of the request. */
  readonly request: string
  /** Whose access it is, by name and identity provider. */
  readonly person: string
  readonly personIdp: string
  /** The very person, by a hash of what their provider calls them: names are given to others. */
  readonly personRef?: string
  readonly roleArn: string
  readonly accountId: string
  readonly accountName: string
  readonly rule: string
  /** Why it was asked for. */
  readonly reason: string
  /** Nobody had to allow it: an alarm. */
  readonly breakGlass?: true
}

/** What was looked for in the audit trail, by the names of its filters. */
interface Looking {
  readonly filter: Readonly<Record<string, string | number | boolean | readonly string[]>>
}

interface Refused {
  readonly code: RefusalCode
  /** The precise reason, for administrators; shortened to 2,000 characters. */
  readonly detail: string
}

/** The fields of each type of event. A new type of event is a new row here; sinks take any. */
interface Fields {
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
  credentials_issued: HandedOut & {
    /** Passthrough: credentials of an earlier request were handed out again. */
    readonly reused: boolean
  }
  credentials_refused: Refused &
    Partial<Person> & { readonly roleArn?: string; readonly accountId?: string; readonly rule?: string }
  console_link_issued: HandedOut & { readonly destination?: string }
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
  /** Somebody asks for a role that others must allow. `needed`: how many of them. */
  access_requested: Person & Access & { readonly needed: number; readonly until: string }
  /** One of those who may allow it does; with `approvals` equal to `needed` it may be started, `until` then. */
  access_approved: Person &
    Access & { readonly approvals: number; readonly needed: number; readonly until: string }
  /** `because`: what whoever said no wrote beside it. */
  access_denied: Person & Access & { readonly because?: string }
  access_withdrawn: Person & Access
  /** Nobody answered in time, or it was allowed and not started in time. */
  access_expired: Access & { readonly waitedFor: 'approval' | 'activation' }
  /** The role is open from now on, `until` then. */
  access_activated: Person & Access & { readonly until: string }
  /** The role is shut again. By time nobody acted. */
  access_ended: Partial<Person> &
    Access & {
      readonly by: 'time' | 'person' | 'approver' | 'administrator'
      readonly because?: string
    }
  /** From now on nobody is let in by this name, nor by what providers call those who had it. */
  person_locked: Person &
    AboutPerson & {
      readonly reason: string
      /** ISO 8601; absent: until it is taken away. */
      readonly until?: string
      /** Only people of these providers. */
      readonly idps?: readonly string[]
      /** How many that signed in lately it is about. */
      readonly people: number
    }
  person_unlocked: Person & AboutPerson
  /** Somebody looked at what is known of others. */
  people_read: Person & AboutPerson & { readonly what: 'list' | 'person' | 'locks' | 'export' | 'cut' }
  /** Somebody with an office saw records of others: so many at the first look; once an hour for each filter and session. */
  audit_read: Person & Looking & { readonly records: number }
  /** Somebody takes records away. `ended`: how many left, and whether that was all that fitted. */
  audit_exported: Person &
    Looking & {
      readonly format: string
      readonly stage: 'begun' | 'ended'
      readonly records?: number
      readonly whole?: boolean
    }
  /** Somebody looked at who may what, took it away as a file, or said what shall become of it; that changes nothing. */
  review_read: Person & ReviewRead
  review_exported: Person & ReviewExported
  review_signed_off: Person & ReviewSignedOff
  config_loaded: {
    readonly file: string
    /** Tells configurations apart; from it nobody can guess what a file holds. */
    readonly fingerprint?: string
    /** Who asked for it. */
    readonly trigger: 'start' | 'signal' | 'command' | 'watch'
    /** Fingerprint of the one whose place it takes. */
    readonly before?: string
    /** It is the one that is served already. */
    readonly unchanged?: boolean
    readonly identityProviders: number
    readonly accounts: number
    readonly rules: number
  }
  /** What was to be served instead is faulty, and nothing changed. */
  config_refused: {
    readonly file: string
    readonly trigger: 'signal' | 'command' | 'watch'
    readonly faults: readonly string[]
  }
  server_started: { readonly version: string; readonly baseUrl: string; readonly listen?: string }
  server_stopped: { readonly reason: string }
  metadata_loaded: {
    readonly idp: string
    /** Entity ID. */
    readonly issuer: string
    readonly source: string
    readonly certificates?: number
    /** Of an OpenID provider: public keys in its key set. */
    readonly keys?: number
    /** ISO 8601. */
    readonly validUntil?: string
  }
  metadata_failed: { readonly idp: string; readonly source: string; readonly detail: string }
  warning: { readonly message: string; readonly detail?: string }
}

export type EventType = keyof Fields

/** One thing that happened, told apart by `type`. */
export type Event<T extends EventType = EventType> = {
  [K in T]: EventBase & { readonly type: K } & Fields[K]
}[T]

/** An event as the code that emits it writes it; `id` and `at` are added on the way. */
export type NewEvent<T extends EventType = EventType> = {
  [K in T]: Omit<EventBase, 'id' | 'at'> & { readonly type: K } & Fields[K]
}[T]

/** Everybody's word for where events end up. */
export interface Sink {
  readonly name: string
  /** It repeats the trail for others: what it cannot write is told, and refuses nobody. */
  readonly copy?: boolean
  /** Resolves when the event is durably written; rejects when it is not. */
  write(event: Event): Promise<void>
  close(): Promise<void>
}

/**
 * Hears of events; can neither delay nor prevent anything. `written`: every sink has it, copies too; all have all but the news
 * that one of them could not.
 */
export type Subscriber = (event: Event, written: boolean) => void
