import type { RequestHandler } from 'express'
import ipaddr from 'ipaddr.js'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { Refusal } from '../core/index.ts'
import { addressOf } from './request.ts'

/** Allows `points` requests a minute from one address; answers 429 with Retry-After beyond. */
export function rateLimit(points: number): RequestHandler {
  const limiter = new RateLimiterMemory({ points, duration: 60 })
  return async (request, response, next) => {
    try {
      await limiter.consume(neighbourhood(addressOf(request)))
    } catch (reason) {
      if (!(reason instanceof RateLimiterRes)) throw reason
      response.set('Retry-After', String(Math.max(1, Math.ceil(reason.msBeforeNext / 1000))))
      throw new Refusal('too_many_requests', `more than ${points} a minute`)
    }
    next()
  }
}

/** One customer holds a whole IPv6 /64, so that counts as one address. */
export function neighbourhood(address: string): string {
  const parsed = ipaddr.process(address)
  return parsed.kind() === 'ipv6' ? parsed.toByteArray().slice(0, 8).join('.') : parsed.toString()
}
