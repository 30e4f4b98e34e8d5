import { Router } from 'express'
import { Refusal } from '../../core/index.ts'
import { credentialsView } from '../credentials-view.ts'
import { checkCsrf } from '../csrf.ts'
import type { Route } from '../deps.ts'
import { personOf } from '../person.ts'
import { rememberRole } from '../recents.ts'
import { page } from '../render.ts'
import { field, requestContext, wantsJson } from '../request.ts'

/** Hands a role's credentials to the person in front of the browser: a page, or JSON when asked for. */
export const credentialsRoutes: Route = (web) =>
  Router().post('/portal/credentials', ...web.signedIn, web.form, async (request, response) => {
    checkCsrf(request, web.origin)
    const role = field(request.body, 'role')
    const duration = seconds(field(request.body, 'duration'))
    if (!role) throw new Refusal('invalid_request', 'the form names no role')
    response.locals.roleArn = role
    const person = personOf(response)
    const context = requestContext(request, response, 'portal')
    const credentials = await web.bridge.issue(person, role, duration ? { duration } : {}, context)
    const entitlement = web.bridge.entitlements(person, context).find((one) => one.id === role)
    if (entitlement === undefined) throw new Refusal('not_entitled', 'the role was lost while it was issued')
    await rememberRole(web.recents, web.clock, person, role)
    const view = credentialsView(credentials, entitlement, web.clock(), {
      format: field(request.body, 'format'),
      duration,
    })
    if (wantsJson(request)) return void response.json(view.json)
    page(response, 'credentials', { title: `${view.role} in ${view.account.name}`, ...view })
  })

/** Whole seconds; absent or empty means the rule's default. */
function seconds(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new Refusal('invalid_request', 'duration is no number of seconds')
  return Number(text)
}
