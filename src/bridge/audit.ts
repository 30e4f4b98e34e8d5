import { createHash } from 'node:crypto'
import { Refusal, type RequestContext, type Session } from '../core/index.ts'
import type { EventInput } from '../events/index.ts'
import type { BridgeParts } from './parts.ts'

/** The request as the audit trail names it. */
export function circumstances({ requestId, sourceIp, userAgent, channel }: RequestContext) {
  return { requestId, sourceIp, userAgent, channel }
}

/** The person and the session as the audit trail names them. */
export function subject({ id, identity }: Session) {
  const { user, provider, issuer, nameId } = identity
  return { user, idp: provider, issuer, nameId, sessionId: sessionName(id) }
}

/** Names a session without being the key to it. */
export function sessionName(id: string): string {
  return createHash('sha256').update(id).digest('base64url').slice(0, 16)
}

/** Writes an event that must not be lost: what follows happens only once it is written down. */
export async function tell({ events }: Pick<BridgeParts, 'events'>, event: EventInput): Promise<void> {
  try {
    await events.emit(event)
  } catch (error) {
    throw new Refusal('audit_unavailable', `the audit trail cannot be written: ${(error as Error).message}`, {
      cause: error,
    })
  }
}
