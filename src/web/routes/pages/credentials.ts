import { type Request, type Response, Router } from 'express'
import { Refusal, withReason } from '../../../core/index.ts'
import type { Route, Web } from '../../deps.ts'
import { checkCsrf } from '../../guards/csrf.ts'
import { personOf } from '../../guards/person.ts'
import { credentialsView } from '../../pages/credentials-view.ts'
import { rememberRole } from '../../pages/recents.ts'
import { page } from '../../pages/render.ts'
import { seal, type Unshown, unseal } from '../../pages/sealed.ts'
import { field, requestContext, wantsJson } from '../../request.ts'

/**
 * Hands a role's credentials to the person in front of the browser: a page that shows their secrets only when asked
 * to, or JSON when that is asked for.
 */
export const credentialsRoutes: Route = (web) =>
  Router()
    .post('/portal/credentials', ...web.signedIn, web.form, async (request, response) => {
      checkCsrf(request, web.origin)
      const role = field(request.body, 'role')
      const duration = seconds(field(request.body, 'duration'))
      if (!role) throw new Refusal('invalid_request', 'the form names no role')
      response.locals.roleArn = role
      const person = personOf(response)
      const context = requestContext(request, response, 'portal')
      const narrower = narrowerIn(request.body)
      const wish = { ...(duration && { duration }), ...narrower }
      const credentials = await web.bridge.issue(person, role, wish, context)
      await rememberRole(web.recents, web.clock, person, role)
      await answer(web, request, response, { role, duration, credentials, ...narrower }, false)
    })
    .post('/portal/credentials/show', ...web.signedIn, web.form, async (request, response) => {
      checkCsrf(request, web.origin)
      const sealed = field(request.body, 'sealed', longestSealed) ?? ''
      const unshown = unseal(web, personOf(response).id, sealed)
      response.locals.roleArn = unshown.role
      await answer(web, request, response, unshown, true)
    })

/** Well within what a form of ours may have. */
const longestSealed = 12_000

async function answer(
  web: Web,
  request: Request,
  response: Response,
  unshown: Unshown,
  shown: boolean,
): Promise<void> {
  const { role, duration, credentials, readOnly, purpose } = unshown
  const person = personOf(response)
  const context = requestContext(request, response, 'portal')
  const opened = async (as: typeof context) =>
    (await web.bridge.entitlements(person, as)).find((one) => one.id === role)
  const entitlement = await opened(withReason(context, purpose))
  if (entitlement === undefined) throw new Refusal('not_entitled', 'the role was lost since it was issued')
  const format = field(request.body, 'format')
  const view = credentialsView(credentials, entitlement, web.clock(), {
    format,
    duration,
    shown,
    readOnly,
    purpose,
    forReason: purpose !== undefined && (await opened(context)) === undefined,
  })
  if (wantsJson(request)) return void response.json(view.json)
  const sealed = shown ? undefined : seal(web, person.id, unshown)
  page(response, 'credentials', { title: `${view.role} in ${view.account.name}`, ...view, sealed })
}

/** Less than the role, as the panel's form says it. */
function narrowerIn(form: unknown): { readonly readOnly?: true; readonly purpose?: string } {
  const readOnly = field(form, 'readOnly')
  const purpose = field(form, 'purpose')?.trim()
  // Anything but the box's own value could mean that somebody did not want all of it.
  if (readOnly !== undefined && readOnly !== 'on')
    throw new Refusal('invalid_request', 'readOnly is neither absent nor "on"')
  return { ...(readOnly && { readOnly: true as const }), ...(purpose && { purpose }) }
}

/** Whole seconds; absent or empty means the rule's default. */
function seconds(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new Refusal('invalid_request', 'duration is no number of seconds')
  return Number(text)
}
