import { type ClientInfo, Refusal, type RequestContext, type Session } from '../../core/index.ts'
import { takesWebIdentity } from '../../policy/index.ts'
import { attributeNames, recordRefusal } from '../audit.ts'
import type { BridgeParts } from '../parts.ts'
import { openSession } from '../sessions/sessions.ts'

/**
 * A session for a program whose platform vouches for it by a token. It has no browser and no parent, ends with its
 * token or within the hour, and is written down before it counts; so is a token that is refused.
 */
export async function openWorkloadSession(
  parts: BridgeParts,
  token: string,
  client: ClientInfo,
  context: RequestContext,
): Promise<Session> {
  const door: RequestContext = { ...context, channel: 'workload' }
  const { identity, expiresAt, tokenEnds } = await parts.workloads
    .accept(token)
    .catch(async (error: unknown) => {
      if (error instanceof Refusal) await recordRefusal(parts, 'sign_in', error, door)
      throw error
    })
  const session: Session = {
    id: parts.random(32).toString('base64url'),
    kind: 'workload',
    identity,
    createdAt: parts.clock(),
    expiresAt,
    client,
    // Only where some rule hands it on to STS: what is not kept cannot be stolen.
    ...(takesWebIdentity(parts.policy) && { webIdentity: { token, redeemableUntil: tokenEnds } }),
  }
  await openSession(parts, session, door, { told: { attributes: attributeNames(session.identity) } })
  return session
}
