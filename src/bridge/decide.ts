import type { RequestContext, Session } from '../core/index.ts'
import { evaluate, isAuditor, offeredRoles } from '../policy/index.ts'
import { bound } from './bounds.ts'
import type { BridgeParts } from './parts.ts'

/** The policy's answer for this person in these circumstances, within their session's bounds: every door asks here. */
export function decide(
  { policy, clock, federation }: BridgeParts,
  session: Session,
  context: RequestContext,
) {
  const { entitlements, trace, locked } = evaluate(policy, session.identity, {
    now: clock(),
    sourceIp: context.sourceIp,
    userAgent: context.userAgent,
    channel: channelsOf(session, context),
    ...agentIn(session, context),
    ...(context.reason?.trim() && { reason: context.reason.trim() }),
    ...(federation.mode === 'passthrough' && { offered: offeredRoles(session.identity) }),
  })
  return {
    entitlements: bound(session.only, entitlements),
    trace,
    locked: () => locked().filter(({ entitlement }) => bound(session.only, [entitlement]).length > 0),
  }
}

/** May this session see rules that do not concern its person? A program let in for one role never has their office. */
export function seesAllRules({ policy }: Pick<BridgeParts, 'policy'>, { identity, only }: Session): boolean {
  return policy.explainsAll || (only === undefined && isAuditor(policy, identity))
}

/** A session that was approved for an agent stays one; in any other the program says of itself whether it is. */
function agentIn(session: Session, context: RequestContext): { agent?: string } {
  const agent = session.agent ?? context.agent
  return agent === undefined ? {} : { agent }
}

/**
 * All that is true of the door, so that a rule on any of it holds. Our command line and other programs come by the
 * same API with the same tokens, and what a program says of itself proves nothing: `cli` and `api` go together.
 */
function channelsOf({ unsolicited }: Session, { channel, console }: RequestContext) {
  const byToken = ['cli', 'api', 'workload'].includes(channel)
  const doors = byToken ? (['cli', 'api'] as const) : ([channel] as const)
  return [
    ...doors,
    ...(channel === 'workload' ? ([channel] as const) : []),
    ...(console && channel !== 'console' ? (['console'] as const) : []),
    ...(unsolicited ? (['tile'] as const) : []),
  ]
}
