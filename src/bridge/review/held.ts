import type { History, Use } from '../../history/index.ts'
import { type Grant, withinReach } from '../../policy/index.ts'
import type { Story } from '../parts.ts'
import type { Seen } from '../people/seen.ts'
import { day } from './question.ts'

/** A role within somebody's reach, and when they took it. */
export interface HeldGrant extends Grant {
  /** Epoch milliseconds; undefined: never, as far back as the history goes. */
  readonly lastUsed?: number | undefined
  /** Hand-outs since the history begins. */
  readonly times: number
  /** Not taken within the days of the review; undefined where no history can tell. */
  readonly unused?: boolean | undefined
}

/** Somebody, and everything within their reach. */
export interface Held {
  readonly grants: readonly HeldGrant[]
  /** Ids of the rules that match them. */
  readonly matched: readonly string[]
  /** What they took that is within their reach no more. */
  readonly beyond: readonly Pick<Use, 'role' | 'rule' | 'last'>[]
}

/** What reviews are made from. */
export interface HeldParts extends Pick<Story, 'policy' | 'clock'> {
  readonly history: Pick<History, 'uses' | 'lastUse' | 'state'> | undefined
}

/**
 * What somebody can come to, as they came last: from that address, with those attributes, just signed in. Whatever only
 * a condition keeps shut counts as within reach.
 */
export async function heldBy(parts: HeldParts, { identity, client }: Seen, days: number): Promise<Held> {
  const { policy, clock, history } = parts
  const now = clock()
  const { grants, matched } = withinReach(
    policy,
    { ...identity, authnInstant: now },
    { now, sourceIp: client.address, userAgent: client.userAgent, channel: 'portal' },
  )
  if (history === undefined)
    return { grants: grants.map((one) => ({ ...one, times: 0 })), matched, beyond: [] }
  const uses = new Map<string, Use>()
  for await (const use of history.uses({ person: identity })) {
    const before = uses.get(use.role)
    uses.set(use.role, before === undefined ? use : bothOf(before, use))
  }
  const since = now - days * day
  const held = grants.map((one): HeldGrant => {
    const use = uses.get(one.roleArn)
    uses.delete(one.roleArn)
    const times = use?.count ?? 0
    return { ...one, times, unused: use === undefined || use.last < since, lastUsed: use?.last }
  })
  return { grants: held, matched, beyond: [...uses.values()].slice(0, 100) }
}

/** By two rules, one after the other: it is one role all the same. */
const bothOf = (one: Use, other: Use): Use => ({
  ...(one.last > other.last ? one : other),
  first: Math.min(one.first, other.first),
  count: one.count + other.count,
})
