import type { ErrorRequestHandler } from 'express'
import type { Bridge } from '../../bridge.ts'
import { asRefusal } from '../pages/errors.ts'
import { requestContext } from '../request.ts'

/**
 * Writes a SAML message that could not even be read (no field of that name, twice, too large) into the trail, where the
 * refusals of those that could be read stand too. Stands between the reading of a form and its handler. What was over
 * the rate is left out: who floods us must not fill the disk.
 */
export function recordUnreadable(
  bridge: Pick<Bridge, 'recordRefusal'>,
  of: Parameters<Bridge['recordRefusal']>[0],
): ErrorRequestHandler {
  return async (error: unknown, request, response, next) => {
    const refusal = asRefusal(error)
    if (refusal !== undefined && refusal.code !== 'too_many_requests')
      await bridge.recordRefusal(of, refusal, requestContext(request, response, 'portal'))
    next(error)
  }
}
