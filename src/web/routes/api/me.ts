import { Router } from 'express'
import { type Entitlement, rolesOnTheWay } from '../../../core/index.ts'
import type { Route } from '../../deps.ts'
import { callerOf, requireBearer } from '../../guards/bearer.ts'
import { sessionView } from '../../pages/session-view.ts'

/** Who am I, and what may I take? */
export const apiMeRoutes: Route = (web) =>
  Router()
    .get('/api/v1/me', requireBearer(web), (request, response) => {
      const { session } = callerOf(request, response)
      const { user, provider, issuer, nameId, mfa, authnInstant } = session.identity
      response.json({
        user,
        provider,
        issuer,
        nameId,
        mfa,
        authenticatedAt: new Date(authnInstant).toISOString(),
        session: sessionView(web.bridge.ownSession(session)),
        configuration: web.configuration,
      })
    })
    .get('/api/v1/roles', requireBearer(web), (request, response) => {
      const { session, context } = callerOf(request, response)
      response.json({ roles: web.bridge.entitlements(session, context).map(roleView) })
    })

/** `alias` is short and unique enough to type: account name and role name. */
const roleView = ({ roleArn, roleName, account, duration, maxDuration, readOnly, own }: Entitlement) => ({
  roleArn,
  roleName,
  alias: `${account.name}/${roleName}`,
  account: { id: account.id, name: account.name, color: account.color ?? null, region: account.region },
  duration,
  maxDuration,
  ...(readOnly && { readOnly }),
  ...(rolesOnTheWay({ own }).length > 0 && { through: rolesOnTheWay({ own }) }),
})
