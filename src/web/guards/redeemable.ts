import type { RequestHandler } from 'express'
import { Refusal } from '../../core/index.ts'
import type { Web } from '../deps.ts'
import { seeOther } from '../pages/render.ts'
import { markOwnVisit } from './elsewhere.ts'
import { personOf } from './person.ts'

/**
 * Passthrough: a program that is let in takes roles with the identity provider's own answer, which STS redeems for
 * minutes only. Sends people whose sign-in is older to a new one first; behind `signedIn`.
 */
export function requireRedeemable(web: Pick<Web, 'clock' | 'origin' | 'secure'>): RequestHandler {
  return (request, response, next) => {
    const { passthrough } = personOf(response)
    if (passthrough === undefined || web.clock() < passthrough.redeemableUntil) return next()
    if (request.method === 'GET') {
      markOwnVisit(request, response, web)
      return seeOther(response, `/login?return_to=${encodeURIComponent(request.originalUrl)}`)
    }
    throw new Refusal('reauthentication_required', 'the sign-in is too old to let a program in', {
      say: 'Your sign-in has become too old to let a program in. Please start the program’s sign-in again.',
    })
  }
}
