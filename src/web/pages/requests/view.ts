import type { SeenRequest } from '../../../bridge.ts'
import type { Web } from '../../deps.ts'
import { stepUpView } from '../step-up-page.ts'

const iso = (at: number) => new Date(at).toISOString()

/** Where a role is asked for; leads on to the request that is open. */
export const askPath = (roleArn: string) => `/requests/new?role=${encodeURIComponent(roleArn)}`

/** Where a person looks at a request. */
export const requestPath = (id: string) => `/requests/${encodeURIComponent(id)}`

/** A request as programs read it. */
export function accessRequestView({ baseUrl }: Pick<Web, 'baseUrl'>, seen: SeenRequest) {
  const { request, state, mine, may, stepUp } = seen
  const { id, rule, roleArn, roleName, account, who, reason, from, openFor, needed, breakGlass } = request
  const { approvals, askedAt, pendingUntil, activateUntil, activatedAt, endsAt, closedAt, closedBy } = request
  return {
    id,
    state,
    mine,
    may,
    page: baseUrl + requestPath(id),
    roleArn,
    roleName,
    account: { id: account.id, name: account.name },
    rule,
    person: { user: who.user, provider: who.idp },
    reason,
    from: {
      address: from.sourceIp,
      userAgent: from.userAgent,
      channel: from.channel,
      ...(from.agent !== undefined && { agent: from.agent }),
    },
    openFor,
    needed,
    approvals: approvals
      .filter(({ mark }) => mark === undefined)
      .map(({ by, at }) => ({ user: by.user, provider: by.idp, at: iso(at) })),
    breakGlass: breakGlass === true,
    askedAt: iso(askedAt),
    pendingUntil: iso(pendingUntil),
    ...(activateUntil !== undefined && { activateUntil: iso(activateUntil) }),
    ...(activatedAt !== undefined && { activatedAt: iso(activatedAt) }),
    ...(endsAt !== undefined && { endsAt: iso(endsAt) }),
    ...(closedAt !== undefined && { closedAt: iso(closedAt) }),
    ...(closedBy && { closedBy: { user: closedBy.user, provider: closedBy.idp } }),
    ...(request.because !== undefined && { because: request.because }),
    ...(stepUp && { step_up: stepUpView(stepUp) }),
  }
}
