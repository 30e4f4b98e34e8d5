import {
  attributeValues,
  type Credentials,
  type Entitlement,
  type Identity,
  type Refusal,
  type RequestContext,
  rolesOnTheWay,
  type Session,
} from '../core/index.ts'
import { type Events, sessionRef } from '../events/index.ts'

/** The request as the audit trail names it. */
export function circumstances({ requestId, sourceIp, userAgent, channel, agent }: RequestContext) {
  return { requestId, sourceIp, userAgent, channel, ...(agent !== undefined && { agent }) }
}

/** How a credential came to be, as the audit trail names it. */
export function handedOut(entitlement: Entitlement, credentials: Credentials, duration: number) {
  const { roleArn, account, rule, via, sourceIdentity, request } = entitlement
  const way = rolesOnTheWay(entitlement)
  return {
    roleArn,
    accountId: account.id,
    rule,
    via,
    ...(way.length > 0 && { through: way }),
    duration,
    accessKeyId: credentials.accessKeyId,
    principalArn: credentials.principalArn,
    expiresAt: new Date(credentials.expiresAt).toISOString(),
    ...credentials.receipt,
    ...(sourceIdentity !== undefined && { sourceIdentity }),
    ...(request && { request: request.id, ...(request.breakGlass && { breakGlass: true as const }) }),
  }
}

/**
 * Writes down that a message of an identity provider, or a token, was refused. Nothing was opened or ended by it: a trail
 * that cannot be written must not turn a refusal into something else.
 */
export async function recordRefusal(
  { events }: { readonly events: Pick<Events, 'emit'> },
  of: 'sign_in' | 'logout',
  { code, detail, idp }: Refusal,
  context: RequestContext,
): Promise<void> {
  const type = of === 'sign_in' ? 'sign_in_refused' : 'logout_refused'
  const whose = idp === undefined ? {} : { idp }
  await events.emit({ type, ...circumstances(context), ...whose, code, detail }).catch(() => {})
}

/** The person and the session as the audit trail names them. */
export function subject({ id, identity, agent }: Session) {
  const { user, provider, protocol, issuer, nameId } = identity
  const person = { user, idp: provider, protocol, issuer, nameId, sessionId: sessionRef(id) }
  // What the person approved counts before what the program says now.
  return { ...person, ...(agent !== undefined && { agent }) }
}

/** A record stays a record, whatever an identity provider sends. */
const most = { names: 60, characters: 200 } as const

/** What came of a person, by name only: it tells why a rule looked in vain, and nothing about the person. */
export function attributeNames({ attributes }: Identity): readonly string[] {
  return Object.keys(attributes)
    .filter((name) => attributeValues(attributes, name).length > 0)
    .slice(0, most.names)
    .map((name) => name.slice(0, most.characters))
}
