import type { RequestContext, Session } from '../core/index.ts'
import { evaluate, offeredRoles } from '../policy/index.ts'
import type { BridgeParts } from './parts.ts'

/** The policy's answer for this person in these circumstances: every door asks here. */
export function decide(
  { policy, clock, federation }: BridgeParts,
  session: Session,
  context: RequestContext,
) {
  return evaluate(policy, session.identity, {
    now: clock(),
    sourceIp: context.sourceIp,
    userAgent: context.userAgent,
    channel: context.channel,
    ...(federation.mode === 'passthrough' && { offered: offeredRoles(session.identity) }),
  })
}
