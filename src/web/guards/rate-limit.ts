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

/** A request that is to be counted: for what, how many a minute one address may, and whose it is, the smallest first. */
export interface Asked {
  readonly what: string
  readonly points: number
  readonly among: readonly Neighbourhood[]
}

/**
 * Who asked how often. Outlives the handlers that count: a new configuration gives nobody a fresh start. Resolves with
 * milliseconds to wait, or undefined where it is within the limit.
 */
export type Counts = (asked: Asked) => Promise<number | undefined>

/** Nobody has asked for anything yet. */
export function createCounts(): Counts {
  const limiters = new Map<string, RateLimiterMemory>()
  return async ({ what, points, among }) => {
    const limiter = ({ times }: Neighbourhood) => {
      const name = `${what} ${points} ${times}`
      const known = limiters.get(name) ?? new RateLimiterMemory({ points: points * times, duration: 60 })
      limiters.set(name, known)
      return known
    }
    try {
      // Looked at before anything is counted: whoever has many small ones may not fill the memory with them.
      for (const one of among.slice(1)) {
        const seen = await limiter(one).get(one.name)
        if (seen !== null && seen.remainingPoints <= 0) throw seen
      }
      // The smallest first: what one is refused does not count for its neighbours.
      for (const one of among) await limiter(one).consume(one.name)
    } catch (reason) {
      if (!(reason instanceof RateLimiterRes)) throw reason
      return reason.msBeforeNext
    }
    return undefined
  }
}

/** Allows `points` requests a minute for `what` from one address; answers 429 with Retry-After beyond. */
export function rateLimit(
  { counts }: { readonly counts: Counts },
  what: string,
  points: number,
): RequestHandler {
  return async (request, response, next) => {
    const wait = await counts({ what, points, among: neighbourhoods(addressOf(request)) })
    if (wait !== undefined) {
      response.set('Retry-After', String(Math.max(1, Math.ceil(wait / 1000))))
      throw new Refusal('too_many_requests', `more than ${points} a minute`)
    }
    next()
  }
}
