import { Refusal } from '../core/index.ts'
import type { OAuthParts } from './parts.ts'

const span = 10 * 60_000

/**
 * Wrong user codes in ten minutes: those a session typed, those a person typed in all their sessions, those that came
 * by links. Only who guessed is stopped: a limit that people share would let one of them stop the others (a whole
 * office behind one address), and by links even somebody else's page could. 30 guesses against 1,000 waiting
 * devices hit one with 0.0001 %.
 */
const limits = { session: 10, person: 30, links: 10 } as const

type Kind = keyof typeof limits

type Counters = Pick<OAuthParts, 'counters' | 'clock'>

/** Whose guess it is, and how the code came: typed into the form, or in the address. */
export interface Guesser {
  readonly session: string
  readonly person: string
  readonly by: 'form' | 'link'
}

/**
 * Lets `look` run and counts its misses in the store, so that the limit holds across nodes: each look is counted
 * before it is made and given back when it hits, hence parallel guesses cannot overtake the count. Throws
 * `too_many_requests` beyond the limit (RFC 8628 §5.1).
 */
export async function limitGuesses<T>(
  parts: Counters,
  { session, person, by }: Guesser,
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const typed: [Kind, string][] = [
    ['session', session],
    ['person', person],
  ]
  const names: [Kind, string][] = by === 'form' ? typed : [['links', session]]
  for (const [kind, name] of names) await reserve(parts, kind, name)
  const found = await look()
  if (found !== undefined) for (const [kind, name] of names) await count(parts, kind, name, 'hits')
  return found
}

async function reserve(parts: Counters, kind: Kind, name: string) {
  const looks = await count(parts, kind, name, 'looks')
  if (looks <= limits[kind]) return
  const hits = Number((await parts.counters.get(keyOf(parts.clock(), kind, name, 'hits'))) ?? 0)
  if (looks - hits > limits[kind]) {
    throw new Refusal('too_many_requests', `too many wrong codes by ${kind}`, {
      say: 'You have entered too many wrong codes. Please wait ten minutes.',
    })
  }
}

function count({ counters, clock }: Counters, kind: Kind, name: string, what: 'looks' | 'hits') {
  const now = clock()
  return counters.increment(keyOf(now, kind, name, what), now + 2 * span)
}

const keyOf = (now: number, kind: Kind, name: string, what: string) =>
  `user-code-guesses:${kind}:${Math.floor(now / span)}:${what}:${name}`
