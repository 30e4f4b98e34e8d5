import type { RequestContext, Session } from '../../core/index.ts'
import { type NewEvent, personRef } from '../../events/index.ts'
import { type AccessRequest, standing } from '../../requests/index.ts'
import { circumstances, subject } from '../audit.ts'

/** A request as the audit trail names it. */
export function accessFields({ id, who, roleArn, account, rule, reason, breakGlass }: AccessRequest) {
  return {
    request: id,
    person: who.user,
    personIdp: who.idp,
    personRef: personRef(who.key),
    roleArn,
    accountId: account.id,
    accountName: account.name,
    rule,
    reason,
    ...(breakGlass && { breakGlass }),
  }
}

/** Who acts on a request, and how. */
export interface Actor {
  readonly session: Session
  readonly context: RequestContext
}

/** The fields of every event of which somebody is the cause. */
export function actFields({ session, context }: Actor, request: AccessRequest) {
  return { ...circumstances(context), ...subject(session), ...accessFields(request) }
}

/** What is told when time has run out. */
export function outOfTime(request: AccessRequest, now: number): NewEvent {
  const fields = accessFields(request)
  if (standing(request, now) === 'ended') return { type: 'access_ended', ...fields, by: 'time' }
  const waitedFor = request.state === 'approved' ? 'activation' : 'approval'
  return { type: 'access_expired', ...fields, waitedFor }
}
