import { nickname } from '../files/places.ts'
import { readPrivate } from '../files/private-files.ts'
import type { CacheKey, Kept } from '../sign-in/remembered.ts'

/** Seconds before the end in which new credentials are fetched, when nobody says otherwise. */
export const defaultWindow = 900

/** Below this many milliseconds credentials are as good as expired: a call with them may end after they do. */
const useless = 60_000

/** What keeps credentials of one task, or of an agent, apart from the person's own. */
export function termsOf(terms: {
  readonly agent?: string | undefined
  readonly readOnly?: boolean
  readonly purpose?: string
  readonly policy?: object
}): string {
  const { agent, readOnly, purpose, policy } = terms
  const said = [agent, readOnly, purpose, policy]
  return said.every((one) => one === undefined) ? '' : JSON.stringify(said.map((one) => one ?? null))
}

export function cacheFile(folder: string, { url, session, role, duration, terms }: CacheKey): string {
  return `${folder}/credentials/${nickname(`${url}\n${session}\n${role}\n${duration}\n${terms}`)}.json`
}

/** The credentials kept for exactly this key; undefined when there are none or the file is damaged. */
export function readKept(folder: string, key: CacheKey): Kept | undefined {
  const text = readPrivate(cacheFile(folder, key))
  if (text === undefined) return undefined
  try {
    const kept = JSON.parse(text) as Kept
    const names = ['url', 'session', 'role', 'duration', 'terms'] as const
    const same = names.every((name) => kept.key[name] === key[name])
    // The fast path prints this as it is, and a terminal may be there.
    const printable = typeof kept.output === 'string' && /^[\x20-\x7e]*\n?$/.test(kept.output)
    return same && printable && Number.isFinite(kept.credentials.expiresAt) ? kept : undefined
  } catch {
    return undefined
  }
}

/**
 * How good kept credentials are: `fresh` before the window in which new ones are due, `ageing` within it, `gone`
 * in the last minute and after. A window in seconds is taken as it is; by default it is never more than a third
 * of the credentials' life, so that credentials of 15 minutes are kept too.
 */
export function freshness(
  kept: Pick<Kept, 'credentials' | 'issuedAt'>,
  now: number,
  window?: number,
): 'fresh' | 'ageing' | 'gone' {
  const end = kept.credentials.expiresAt
  const due = window ?? Math.min(defaultWindow, (end - kept.issuedAt) / 3000)
  if (end - now > Math.max(due * 1000, useless)) return 'fresh'
  return end - now > useless ? 'ageing' : 'gone'
}
