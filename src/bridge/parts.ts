import type { Clock, Collection, Credentials, Random, Session, UserKeys } from '../core/index.ts'
import type { AuditFilter, AuditRecord, Events } from '../events/index.ts'
import type { History } from '../history/index.ts'
import type { RelyingParty, Workloads } from '../oidc/index.ts'
import type { evaluate, Policy } from '../policy/index.ts'
import type { Ledgers, Once } from '../requests/index.ts'
import type { AwsIssuer, ServiceProvider } from '../saml/index.ts'
import type { ConsoleLink, StsClient } from '../sts/index.ts'
import type { Lock } from './people/locks.ts'
import type { Seen } from './people/seen.ts'
import type { ReviewedConfig } from './review/reviewed.ts'
import type { Reviewed } from './review/sign-offs.ts'
import type { Tally } from './tally.ts'

/** Which sessions a person has, oldest first. This list decides: a session that it does not name is none. */
export interface PersonSessions {
  readonly sessions: readonly {
    readonly id: string
    readonly kind: Session['kind']
    readonly expiresAt: number
  }[]
}

/** Where to send the browser to start a sign-in: a link, or a form that posts itself. */
export type SignInStart =
  | { readonly binding: 'redirect'; readonly url: string }
  | { readonly binding: 'post'; readonly url: string; readonly fields: Readonly<Record<string, string>> }

/** What the story is told with. */
export interface BridgeParts {
  readonly saml: ServiceProvider
  readonly openId: RelyingParty
  /** Names of the identity providers, in the order in which people are offered them. */
  readonly providerOrder: readonly string[]
  readonly workloads: Workloads
  readonly policy: Policy
  /** Asks it; whoever measures stands in. */
  readonly evaluate?: typeof evaluate
  readonly sts: StsClient
  readonly consoleLink: ConsoleLink
  readonly events: Events
  /** Reads the audit trail, newest first; undefined when it is not kept in a file. */
  readonly trail: ((filter: AuditFilter) => AsyncGenerator<AuditRecord, number | undefined>) | undefined
  /** Where what happened can be searched; undefined when there is no database. */
  readonly history: History | undefined
  readonly sessions: Collection<Session>
  /** Which sessions each person has. */
  readonly people: Collection<PersonSessions>
  /** Who signed in lately, by `personRef`. */
  readonly seen: Collection<Seen>
  /** Milliseconds for which that is kept. */
  readonly seenFor: number
  /** Who may not come in. */
  readonly locks: Collection<Lock>
  /** What was signed off, by what it is about. */
  readonly reviews: Collection<Reviewed>
  /** The configuration as whoever reviews it reads it. */
  readonly reviewed: ReviewedConfig
  /** Passthrough: credentials that outlive the assertion which bought them, encrypted. */
  readonly issued: Collection<Issued>
  /** Access that others must allow. */
  readonly requests: Ledgers
  /** What happens once a day, on all nodes. */
  readonly once: Once
  readonly federation: Federation
  /** Long-term keys of IAM users who stand for people, by account; empty unless the configuration asks for it. */
  readonly brokers: Readonly<Record<string, UserKeys>>
  /** Seconds. */
  readonly maxAge: number
  readonly clock: Clock
  readonly random: Random
  /** Rejects with the reason while the store does not answer. */
  readonly storeReady: () => Promise<void>
  /** What is counted of people already; default: nothing. */
  readonly tally?: Tally
}

/** The parts with what the story keeps for each person: limits, and credentials on the way to others. */
export interface Story extends BridgeParts, Tally {
  readonly keep: Keep
}

/** Credentials that only the bridge uses, kept encrypted for one person: `terms` says what they are good for. */
export type Keep = (
  session: Session,
  terms: unknown,
  fetch: () => Promise<Credentials>,
  /** AWS did not take these: others, unless that was tried a moment ago. */
  refused?: Credentials,
) => Promise<Credentials>

/** Who vouches for people at AWS: the bridge itself, or the corporate identity provider. */
export type Federation =
  | { readonly mode: 'reissue'; readonly issuer: AwsIssuer; readonly recipient: string }
  | { readonly mode: 'passthrough'; readonly recipient: string }

export interface Issued {
  readonly credentials: Credentials
  /** Seconds that were asked for. */
  readonly duration: number
  /** Of what is kept: when STS was last asked for it, epoch milliseconds. */
  readonly askedAt?: number
}
