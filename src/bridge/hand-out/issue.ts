import {
  type Credentials,
  type Entitlement,
  Refusal,
  type RequestContext,
  type Session,
  type Wish,
  withReason,
} from '../../core/index.ts'
import { explain } from '../../policy/index.ts'
import { circumstances, handedOut, subject } from '../audit.ts'
import { explainWithin, sayBounds } from '../decide/bounds.ts'
import { decide, lockedRoles } from '../decide/decide.ts'
import type { BridgeParts, Story } from '../parts.ts'
import { type Access, accessOf } from '../requests/access.ts'
import { mustAsk } from '../requests/must-ask.ts'
import { stillIn } from '../sessions/still-in.ts'
import { obtain } from './obtain.ts'
import { narrowing, settleWish } from './wish.ts'

/** Credentials with the terms under which they were handed out. */
export interface HandOut {
  readonly credentials: Credentials
  /** As the audit trail has it: how it came to be and how it was narrowed. */
  readonly record: ReturnType<typeof handedOut> & ReturnType<typeof narrowing>
}

/**
 * The only way to credentials: decide again, ask STS, await the audit record, hand out. A refusal on the way is
 * written down too, also what `judgeFirst` throws of what the credentials are for.
 */
export async function issue(
  parts: Story,
  session: Session,
  entitlementId: string,
  wish: Wish,
  context: RequestContext,
  judgeFirst: () => void = () => {},
): Promise<HandOut> {
  // Refusals are written down too: beyond the limit only the first, or asking would fill the trail.
  await parts.handOuts(session, (refusal) => writeRefusal(parts, session, entitlementId, context, refusal))
  try {
    judgeFirst()
    const entitlement = entitled(parts, session, entitlementId, wish, context, await accessOf(parts, session))
    const ask = settleWish(session, entitlement, wish, parts)
    const { credentials, reused } = await obtain(parts, { session, entitlement, ask, context })
    await stillIn(parts, session)
    await refuseEnded(parts, session, entitlement)
    const record = { ...handedOut(entitlement, credentials, ask.duration), ...narrowing(ask) }
    const event = { ...circumstances(context), ...subject(session), ...record }
    await parts.events.emit({ type: 'credentials_issued', ...event, reused })
    if (!reused) parts.sizes.note(session, entitlement, credentials.receipt)
    // Writing it down took its time too: the last moment is the one that counts.
    await stillIn(parts, session)
    return { credentials, record }
  } catch (error) {
    await writeRefusal(parts, session, entitlementId, context, error)
    throw error
  }
}

async function writeRefusal(
  { events }: BridgeParts,
  session: Session,
  roleArn: string,
  context: RequestContext,
  error: unknown,
): Promise<void> {
  if (!(error instanceof Refusal) || error.code === 'audit_unavailable') return
  const { code, detail } = error
  const event = {
    ...circumstances(context),
    ...subject(session),
    roleArn: roleArn.slice(0, 2048),
    code,
    detail,
  }
  await events.emit({ type: 'credentials_refused', ...event }).catch(() => {})
}

/** Between the decision and now somebody may have ended the request that opened the role. */
async function refuseEnded(parts: BridgeParts, session: Session, { request }: Entitlement): Promise<void> {
  if (request === undefined) return
  const { opened } = await accessOf(parts, session)
  if (opened.some(({ id }) => id === request.id)) return
  throw new Refusal('request_over', `the request ${request.id} has ended meanwhile`, {
    say: 'The access that you asked for has ended.',
  })
}

/** The entitlement as the policy sees it this very moment, within the session's bounds. */
function entitled(
  parts: BridgeParts,
  session: Session,
  id: string,
  { purpose }: Wish,
  context: RequestContext,
  access: Access,
): Entitlement {
  const { entitlements, trace } = decide(parts, session, withReason(context, purpose), access.opened)
  const found = entitlements.find((one) => one.id === id)
  if (found !== undefined) return found
  const { only } = session
  // What the person may read of it in their own trail, whoever they are.
  const said = explain(trace, { roleArn: id })
  const told = explainWithin(session, said, entitlements, id, trace.policy.account)
  const notForAgents = trace.steps.some((step) => step.outcome === 'no_agents' && step.roleArn === id)
  const outcome = told.steps.find((step) => step.decisive)?.outcome
  const locked =
    outcome === 'condition_failed' || outcome === 'denied' || outcome === 'request_needed'
      ? lockedRoles(parts, session, withReason(context, purpose), access).find(
          ({ roleArn }) => roleArn === id,
        )
      : undefined
  const shut = outcome === 'condition_failed' || locked !== undefined
  const stepUp = locked?.stepUp
  if (locked?.ask && stepUp === undefined) throw mustAsk(told.summary, locked.ask)
  throw new Refusal(stepUp ? 'step_up_required' : 'not_entitled', told.summary, {
    ...(stepUp && { stepUp }),
    ...(shut && { say: told.summary.replace(id, 'this role') }),
    ...(only !== undefined && told.summary !== said.summary && { say: sayBounds(only) }),
    ...(notForAgents && { say: 'This role is not for AI agents. A person may take it.' }),
  })
}
