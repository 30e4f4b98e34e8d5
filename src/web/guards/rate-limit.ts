import type { RequestHandler } from 'express'
import ipaddr from 'ipaddr.js'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { Refusal } from '../../core/index.ts'
import { addressOf } from '../request.ts'

/** Addresses that somebody can have at will, and how many times the limit of one they have together. */
interface Neighbourhood {
  readonly name: string
  readonly times: number
}

/**
 * One customer holds a whole IPv6 /64, so that counts as one address. Whoever asks gets a /56 or a /48 with 65,536 of
 * those, and a company shares one: together they have ten times the limit of one.
 */
function neighbourhoods(address: string): readonly [Neighbourhood, ...Neighbourhood[]] {
  const parsed = ipaddr.process(address)
  if (parsed.kind() === 'ipv4') return [{ name: parsed.toString(), times: 1 }]
  const start = (bytes: number) => `${parsed.toByteArray().slice(0, bytes).join('.')}/${bytes * 8}`
  return [
    { name: start(8), times: 1 },
    { name: start(6), times: 10 },
  ]
}

/** Who asked how often. Outlives the handlers that count: a new configuration gives nobody a fresh start. */
export type Counts = Map<string, RateLimiterMemory>

/** Nobody has asked for anything yet. */
export const createCounts = (): Counts => new Map()

/** Allows `points` requests a minute for `what` from one address; answers 429 with Retry-After beyond. */
export function rateLimit(
  { counts }: { readonly counts: Counts },
  what: string,
  points: number,
): RequestHandler {
  const limiter = ({ times }: Neighbourhood) => {
    const name = `${what} ${points} ${times}`
    const known = counts.get(name) ?? new RateLimiterMemory({ points: points * times, duration: 60 })
    counts.set(name, known)
    return known
  }
  return async (request, response, next) => {
    const [own, ...wider] = neighbourhoods(addressOf(request))
    try {
      // Looked at before anything is counted: whoever has many small ones may not fill the memory with them.
      for (const one of wider) {
        const seen = await limiter(one).get(one.name)
        if (seen !== null && seen.remainingPoints <= 0) throw seen
      }
      // The smallest first: what one is refused does not count for its neighbours.
      for (const one of [own, ...wider]) await limiter(one).consume(one.name)
    } catch (reason) {
      if (!(reason instanceof RateLimiterRes)) throw reason
      response.set('Retry-After', String(Math.max(1, Math.ceil(reason.msBeforeNext / 1000))))
      throw new Refusal('too_many_requests', `more than ${points} a minute`)
    }
    next()
  }
}
