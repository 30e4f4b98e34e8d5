import { Router } from 'express'
import { parseEntitlementArn, Refusal, sayStepUp } from '../../../core/index.ts'
import type { Route } from '../../deps.ts'
import { personOf } from '../../guards/person.ts'
import { explanationView } from '../../pages/explanation-view.ts'
import { identityView } from '../../pages/identity-view.ts'
import { lockedView } from '../../pages/locked-view.ts'
import { page } from '../../pages/render.ts'
import { field, requestContext, wantsJson } from '../../request.ts'

/** Why can I (not) take a role: the very trace the decision was made by. */
export const explainRoutes: Route = (web) =>
  Router().get('/explain', ...web.signedIn, async (request, response) => {
    const role = field(request.query, 'role')?.trim() || undefined
    const known = role === undefined || parseEntitlementArn(role) !== undefined
    if (!known && wantsJson(request)) throw new Refusal('invalid_request', 'role is no role ARN')
    // Asked for after a console link was refused, the answer is about console links.
    const channel = field(request.query, 'for') === 'console' ? 'console' : 'portal'
    const context = requestContext(request, response, channel)
    const explanation = known ? await web.bridge.explain(personOf(response), context, role) : undefined
    if (wantsJson(request)) return void response.json(explanation)
    const locked = known ? await web.bridge.locked(personOf(response), context) : []
    const asked = locked.find(({ roleArn }) => roleArn === role)
    page(response, 'explain', {
      title:
        role === undefined ? 'Why can I take a role, or why not?' : 'Why can I take this role, or why not?',
      role,
      explanation: explanation && explanationView(explanation),
      ...(asked?.stepUp && { opens: { role, door: channel, label: sayStepUp(asked.stepUp) } }),
      ...(role === undefined && locked.length > 0 && { locked: lockedView(locked) }),
      identity: identityView(web, personOf(response).identity),
    })
  })
