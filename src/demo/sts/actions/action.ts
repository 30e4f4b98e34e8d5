import type { Clock } from '../../../core/index.ts'
import type { Members } from '../answer.ts'
import type { Decisions } from '../decisions.ts'
import type { Issued } from '../issued.ts'
import type { OutboundIssuer } from '../outbound-issuer.ts'
import type { AwsState } from '../state.ts'

/** One call of the query protocol as it arrived. */
export interface Call {
  readonly parameters: URLSearchParams
  readonly http: HttpFacts
}

/** What signatures and conditions need to know of the request. */
export interface HttpFacts {
  readonly method: string
  /** Path and query, undecoded. */
  readonly target: string
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
  readonly sourceIp: string
}

/** Everything an action may look at or change. */
export interface World {
  readonly state: AwsState
  readonly issued: Issued
  readonly decisions: Decisions
  readonly outbound: OutboundIssuer
  readonly clock: Clock
}

/** Carries out one action and returns the members of its result. Throws `StsFault`. */
export type Action = (call: Call, world: World) => Promise<Members>
