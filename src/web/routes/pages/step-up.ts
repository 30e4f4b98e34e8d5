import { type Request, type Response, Router } from 'express'
import { longestPurpose, parseEntitlementArn, Refusal, sayStepUp } from '../../../core/index.ts'
import type { Route, Web } from '../../deps.ts'
import { ensureBrowserKey } from '../../guards/browser-key.ts'
import { checkCsrf } from '../../guards/csrf.ts'
import { markOwnVisit } from '../../guards/elsewhere.ts'
import { noHead } from '../../guards/no-head.ts'
import { personOf } from '../../guards/person.ts'
import { rateLimit } from '../../guards/rate-limit.ts'
import { safeReturnTo } from '../../guards/return-to.ts'
import { tabOnly } from '../../guards/tab-only.ts'
import { goToProvider } from '../../pages/go-to-provider.ts'
import { consoleLink } from '../../pages/portal-view.ts'
import { page, seeOther } from '../../pages/render.ts'
import { type StepUpDoor, stepUpDoors, stepUpPage } from '../../pages/step-up-page.ts'
import { field, requestContext } from '../../request.ts'

/**
 * A role that another sign-in opens: the page says why it is shut, and its form signs in with exactly what is missing. The
 * link alone starts nothing, whoever wrote it.
 */
export const stepUpRoutes: Route = (web) =>
  Router()
    .head('/step-up', noHead('GET, POST'))
    .get('/step-up', tabOnly, ...web.signedIn, async (request, response) => {
      const asked = readAsked(request.query)
      const context = requestContext(request, response, asked.door)
      const person = personOf(response)
      const { open, openable } = await web.bridge.namedRoles(person, asked.role, context)
      const [[entitlement], [locked]] = [open, openable]
      const found = entitlement ?? locked
      if (found === undefined) return seeOther(response, `/explain?role=${encodeURIComponent(asked.role)}`)
      // A link says no purpose: it leads to the console only where the role is open without one.
      const asIs = await web.bridge.entitlements(person, context)
      const isOpenAsIs = asIs.some(({ id }) => id === entitlement?.id)
      page(response, 'step-up', {
        title: entitlement ? 'This role is open to you' : 'This role wants another sign-in',
        role: { arn: found.roleArn, name: found.roleName },
        account: { name: found.account.name, id: found.account.id },
        console: entitlement && isOpenAsIs ? consoleLink(entitlement) : undefined,
        purpose: entitlement && !isOpenAsIs ? longestPurpose : undefined,
        reasons: locked?.reasons,
        label: locked && sayStepUp(locked.stepUp),
        door: asked.door,
      })
    })
    .post(
      '/step-up',
      rateLimit(web, 'login', web.limits?.signIns ?? 300),
      ...web.signedIn,
      web.form,
      (request, response) => startStepUp(web, request, response),
    )

async function startStepUp(web: Web, request: Request, response: Response): Promise<void> {
  checkCsrf(request, web.origin)
  const { role, door } = readAsked(request.body)
  response.locals.roleArn = role
  const returnTo = safeReturnTo(field(request.body, 'return_to') ?? stepUpPage(role, door))
  // Only our own forms get here: those of a visit that began here say so, and it is known again on the way back.
  if (field(request.body, 'began', 8) === 'here') markOwnVisit(request, response, web, returnTo)
  const browserKey = ensureBrowserKey(request, response, web.random, web.secure)
  const context = requestContext(request, response, door)
  const start = await web.bridge.beginStepUp(personOf(response), role, { returnTo, browserKey }, context)
  goToProvider(response, start, 'form')
}

function readAsked(source: unknown): { readonly role: string; readonly door: StepUpDoor } {
  const role = field(source, 'role') ?? ''
  const named = field(source, 'for', 16) ?? 'portal'
  const door = stepUpDoors.find((one) => one === named)
  if (door === undefined || parseEntitlementArn(role) === undefined)
    throw new Refusal('invalid_request', 'role is no ARN, or for is no door', {
      say: 'This link names no role.',
    })
  return { role, door }
}
