import { type Request, Router } from 'express'
import {
  type AccountInfo,
  type Entitlement,
  type LockedRole,
  Refusal,
  rolesOnTheWay,
} from '../../../core/index.ts'
import type { Route } from '../../deps.ts'
import { callerOf, requireBearer } from '../../guards/bearer.ts'
import { identityView } from '../../pages/identity-view.ts'
import { sessionView } from '../../pages/session-view.ts'
import { stepUpView } from '../../pages/step-up-page.ts'
import { supportOf } from '../../pages/support.ts'
import { field } from '../../request.ts'

/** Who am I, and what may I take? */
export const apiMeRoutes: Route = (web) =>
  Router()
    .get('/api/v1/me', requireBearer(web), (request, response) => {
      const { session } = callerOf(request, response)
      const attributes = chosen(request, 'attributes')
      if (attributes && session.only !== undefined) {
        throw new Refusal('not_entitled', 'a bound program asked for the attributes', {
          say: 'This program was let in for one role, not to read what your identity provider says about you.',
        })
      }
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
        ...(attributes && { identity: identityView(web, session.identity) }),
      })
    })
    .get('/api/v1/roles', requireBearer(web), async (request, response) => {
      const { session, context } = callerOf(request, response)
      const locked = chosen(request, 'locked') ? await web.bridge.locked(session, context) : undefined
      response.json({
        roles: (await web.bridge.entitlements(session, context)).map(roleView),
        ...(locked && { locked: locked.slice(0, mostLocked).map(lockedRow) }),
        ...supportOf(web),
      })
    })

/** An answer stays an answer: one rule may lock thousands of roles. */
const mostLocked = 1000

const lockedRow = ({ roleArn, roleName, account, rule, reasons, failed, stepUp, ask }: LockedRole) => ({
  roleArn,
  roleName,
  account: accountRow(account),
  rule,
  reasons,
  failed: failed.map(({ operator, key, wanted, actual }) => ({ operator, key, wanted, actual })),
  ...(stepUp && { step_up: stepUpView(stepUp) }),
  ...(ask && { ask }),
})

const accountRow = ({ id, name, color, region, tags }: AccountInfo) => ({
  id,
  name,
  color: color ?? null,
  region,
  ...(tags && { tags }),
})

/** A query parameter that asks for more than is answered without it. */
function chosen(request: Request, name: string): boolean {
  const value = field(request.query, name)
  if (value === undefined || value === 'false') return false
  if (value === 'true') return true
  throw new Refusal('invalid_request', `${name} is neither true nor false`, {
    say: `${name} must be true or false.`,
  })
}

/** `alias` is short and unique enough to type: account name and role name. */
const roleView = ({
  roleArn,
  roleName,
  account,
  duration,
  maxDuration,
  readOnly,
  own,
  ...terms
}: Entitlement) => ({
  roleArn,
  roleName,
  alias: `${account.name}/${roleName}`,
  account: accountRow(account),
  duration,
  maxDuration,
  ...(readOnly && { readOnly }),
  ...(terms.windowEnds !== undefined && {
    window: { ends: new Date(terms.windowEnds).toISOString(), rule: terms.rule },
  }),
  ...(rolesOnTheWay({ own }).length > 0 && { through: rolesOnTheWay({ own }) }),
})
