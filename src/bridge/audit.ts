import type { Credentials, Entitlement, RequestContext, Session } from '../core/index.ts'
import { sessionRef } from '../events/index.ts'

/** The request as the audit trail names it. */
export function circumstances({ requestId, sourceIp, userAgent, channel }: RequestContext) {
  return { requestId, sourceIp, userAgent, channel }
}

/** How a credential came to be, as the audit trail names it. */
export function handedOut(entitlement: Entitlement, credentials: Credentials, duration: number) {
  const { roleArn, account, rule, via, sourceIdentity } = entitlement
  return {
    roleArn,
    accountId: account.id,
    rule,
    via,
    duration,
    accessKeyId: credentials.accessKeyId,
    assumedRoleArn: credentials.assumedRoleArn,
    expiresAt: new Date(credentials.expiresAt).toISOString(),
    ...(sourceIdentity !== undefined && { sourceIdentity }),
  }
}

/** The person and the session as the audit trail names them. */
export function subject({ id, identity }: Session) {
  const { user, provider, issuer, nameId } = identity
  return { user, idp: provider, issuer, nameId, sessionId: sessionRef(id) }
}
