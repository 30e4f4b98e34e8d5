import { Refusal } from '../core/index.ts'
import type { OAuthParts } from './parts.ts'

const span = 10 * 60_000

/** Wrong user codes in ten minutes. 500 guesses against 1,000 waiting devices hit one with 0.002 %. */
const limits = { address: 20, person: 10, everybody: 500 } as const

type Kind = keyof typeof limits

/**
 * Lets `look` run and counts its misses in the store, so that the limit holds across nodes: each look is counted
 * before it is made and given back when it hits, hence parallel guesses cannot overtake the count. Throws
 * `too_many_requests` beyond the limit (RFC 8628 §5.1).
 */
export async function limitGuesses<T>(
  parts: Pick<OAuthParts, 'counters' | 'clock'>,
  who: { readonly address: string; readonly person: string },
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  // The nearest limit first: who is beyond it takes no guesses from others.
  const names: [Kind, string][] = [
    ['person', who.person],
    ['address', who.address],
    ['everybody', 'all'],
  ]
  for (const [kind, name] of names) await reserve(parts, kind, name)
  const found = await look()
  if (found !== undefined) for (const [kind, name] of names) await count(parts, kind, name, 'hits')
  return found
}

async function reserve(parts: Pick<OAuthParts, 'counters' | 'clock'>, kind: Kind, name: string) {
  const looks = await count(parts, kind, name, 'looks')
  if (looks <= limits[kind]) return
  const hits = Number((await parts.counters.get(keyOf(parts.clock(), kind, name, 'hits'))) ?? 0)
  if (looks - hits > limits[kind]) throw new Refusal('too_many_requests', `too many wrong codes by ${kind}`)
}

function count(
  { counters, clock }: Pick<OAuthParts, 'counters' | 'clock'>,
  kind: Kind,
  name: string,
  what: 'looks' | 'hits',
) {
  const now = clock()
  return counters.increment(keyOf(now, kind, name, what), now + 2 * span)
}

const keyOf = (now: number, kind: Kind, name: string, what: string) =>
  `user-code-guesses:${kind}:${Math.floor(now / span)}:${what}:${name}`
