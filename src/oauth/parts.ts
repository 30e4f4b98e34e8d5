import type {
  ClientInfo,
  Clock,
  Random,
  RequestContext,
  Session,
  SessionBounds,
  Store,
} from '../core/index.ts'
import type { NewEvent } from '../events/index.ts'
import type { Client } from './client.ts'
import type { OAuthRecords } from './records.ts'
import type { UserCodeNames } from './user-code.ts'

/** What the grants need. */
export interface OAuthParts extends OAuthRecords {
  /** Counts guesses of user codes, for all nodes together. */
  readonly counters: Pick<Store, 'get' | 'increment'>
  readonly sessions: SessionKeeper
  readonly userCodeNames: UserCodeNames
  readonly tell: (event: NewEvent) => Promise<void>
  readonly clock: Clock
  readonly random: Random
  readonly baseUrl: string
  readonly options: OAuthOptions
}

/** Opening and ending sessions is the bridge's matter. */
export interface SessionKeeper {
  /** A live session; undefined when it is unknown, expired or ended. */
  session(id: string): Promise<Session | undefined>
  /** A session of its own for a client that a person let in; never outlives the sign-in it came of. */
  openChildSession(
    parent: Session,
    child: {
      readonly kind: Client['kind']
      readonly client: ClientInfo
      readonly only?: SessionBounds
      readonly agent?: string
    },
    context: RequestContext,
  ): Promise<Session>
  /** A session of its own for a workload whose token holds. Throws `Refusal`. */
  openWorkloadSession(token: string, client: ClientInfo, context: RequestContext): Promise<Session>
  endSession(id: string, reason: 'user' | 'revoked', context: RequestContext): Promise<void>
}

/** Times in seconds. */
export interface OAuthOptions {
  readonly deviceLifetime: number
  readonly interval: number
  readonly codeLifetime: number
  readonly accessLifetime: number
  /** How long parallel refreshers get the same answer. */
  readonly refreshGrace: number
}

export const defaultOptions: OAuthOptions = {
  deviceLifetime: 600,
  interval: 5,
  codeLifetime: 60,
  accessLifetime: 3600,
  refreshGrace: 30,
}

/** What a client tells of itself and its wish; shown to the person, never trusted. */
export interface Asked {
  readonly clientName?: string
  readonly host?: string
  readonly role?: string
  /** Seconds. */
  readonly duration?: number
  readonly scope?: string
  /** The AI agent that runs it. */
  readonly agent?: string
  /** The role that the person's sign-in must open before they let it in, as the program named it. */
  readonly stepUp?: string
  readonly address: string
  readonly userAgent: string
}
