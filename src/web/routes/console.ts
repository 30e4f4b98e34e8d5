import { type Request, Router } from 'express'
import { Refusal } from '../../core/index.ts'
import type { Route } from '../deps.ts'
import { personOf } from '../person.ts'
import { rememberRole } from '../recents.ts'
import { field, requestContext } from '../request.ts'

/**
 * A link to the AWS console, to share and to bookmark: each person who follows it gets in as themselves. It
 * is a GET that acts, as in AWS's own portal, and acts only for a tab that a person looks at.
 */
export const consoleRoutes: Route = (web) =>
  Router().get('/console', refuseHidden, ...web.signedIn, async (request, response) => {
    const account = field(request.query, 'account_id') ?? ''
    const name = field(request.query, 'role_name') ?? ''
    const destination = field(request.query, 'destination')
    if (!/^\d{12}$/.test(account) || !/^[\w+=,.@-]{1,64}$/.test(name)) {
      throw new Refusal('invalid_request', 'account_id or role_name is not of its form', {
        say: 'This link names no account and role.',
      })
    }
    const person = personOf(response)
    const context = requestContext(request, response, 'console')
    const entitlement = web.bridge
      .entitlements(person, context)
      .find((one) => one.account.id === account && one.roleName === name)
    // A role the person may not take is asked for all the same: the refusal belongs into the audit trail.
    const id = entitlement?.id ?? `arn:aws:iam::${account}:role/${name}`
    response.locals.roleArn = id
    response.locals.returnTo = request.originalUrl
    const url = await web.bridge.consoleUrl(person, id, destination ? { destination } : {}, context)
    await rememberRole(web.recents, web.clock, person, id)
    // The address holds a sign-in token: no body repeats it, no cache keeps it, no referrer tells it.
    response.status(302).set({ Location: url, 'Referrer-Policy': 'no-referrer' }).end()
  })

/** Images, frames, scripts and prefetching may not open a console session. */
function refuseHidden(request: Request, _response: unknown, next: () => void): void {
  const dest = request.get('sec-fetch-dest')
  const purpose = request.get('sec-purpose') ?? request.get('purpose') ?? ''
  if ((dest !== undefined && dest !== 'document') || /prefetch|prerender|preview/i.test(purpose)) {
    throw new Refusal('invalid_request', `not a tab: dest ${dest ?? 'none'}, purpose ${purpose || 'none'}`, {
      say: 'Please open this link in a tab of its own.',
    })
  }
  next()
}
