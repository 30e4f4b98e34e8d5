import type { Changes, HeldGrant, Review, SignOff } from '../../bridge.ts'
import { sayDaysAgo } from '../ago.ts'

const day = 86_400_000

/** `12 days ago`, `never`, or that nobody can know. */
export function sayLastUse(
  { lastUsed, unused }: Pick<HeldGrant, 'lastUsed' | 'unused'>,
  now: number,
): string {
  if (lastUsed !== undefined) return sayDaysAgo(lastUsed, now)
  return unused === undefined ? 'unknown' : 'never'
}

const ways = { open: 'at once', on_request: 'on request', locked: 'when a condition holds' } as const

/** How somebody comes to a role. */
export const sayHow = ({ how }: Pick<HeldGrant, 'how'>): string => ways[how]

/** `kept by carol 30 days ago`. */
export function saySignOff({ decision, by, at }: SignOff, now: number): string {
  return `${decision === 'kept' ? 'kept' : 'to be removed,'} by ${by.user} ${sayDaysAgo(at, now)}`
}

/** `changed since: 1 role more`; undefined where nothing is. */
export function sayChanges(changes: Changes | undefined): string | undefined {
  if (changes === undefined) return undefined
  const { more, fewer, otherTerms } = changes
  const parts = [
    ...(more > 0 ? [`${more} role${more === 1 ? '' : 's'} more`] : []),
    ...(fewer > 0 ? [`${fewer} role${fewer === 1 ? '' : 's'} fewer`] : []),
    ...(otherTerms ? ['other terms'] : []),
  ]
  return `changed since: ${parts.join(', ')}`
}

/** What a reader must know of where last uses come from; undefined where the history covers all of it. */
export function sayHistory(
  { history, at }: Pick<Review, 'history' | 'at'>,
  days: number,
): string | undefined {
  if (history === undefined) return 'There is no history database, so nobody can tell what was used.'
  const { since } = history
  if (since === undefined) return 'The history holds nothing yet, so everything looks unused.'
  const known = Math.floor((at - since) / day)
  if (known >= days) return undefined
  return `The history begins ${sayDaysAgo(since, at)}: what was used before that looks unused.`
}
