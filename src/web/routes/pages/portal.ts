import { Router } from 'express'
import { formatDuration } from '../../../core/index.ts'
import type { Route, Web } from '../../deps.ts'
import { personOf } from '../../guards/person.ts'
import { endsIdle } from '../../pages/ends-idle.ts'
import { explanationView } from '../../pages/explanation-view.ts'
import { identityView, providerLabel } from '../../pages/identity-view.ts'
import { lockedView } from '../../pages/locked-view.ts'
import { portalView } from '../../pages/portal-view.ts'
import { recentRoles } from '../../pages/recents.ts'
import { page } from '../../pages/render.ts'
import { requestContext } from '../../request.ts'

/** The first page: who you are and which roles you may take. */
export const portalRoutes: Route = (web) =>
  Router().get('/', ...web.signedIn, async (request, response) => {
    const person = personOf(response)
    const context = requestContext(request, response, 'portal')
    const entitlements = await web.bridge.entitlements(person, context)
    const locked = await web.bridge.locked(person, context)
    const recents = await recentRoles(web.recents, person)
    const explanation =
      entitlements.length === 0 ? explanationView(await web.bridge.explain(person, context)) : undefined
    page(response, 'portal', {
      title: 'Your roles',
      ...portalView(entitlements, recents),
      explanation,
      ...(locked.length > 0 && { locked: lockedView(locked) }),
      provider: providerLabel(web, person.identity.provider),
      ...(explanation && { identity: identityView(web, person.identity) }),
      ends: {
        at: new Date(person.expiresAt).toISOString(),
        in: formatDuration(left(web, person.expiresAt)),
        idle: endsIdle(web, person.expiresAt),
      },
    })
  })

/** To the minute, as people read it. */
const left = (web: Web, at: number) => Math.max(60, Math.floor((at - web.clock()) / 60_000) * 60)
