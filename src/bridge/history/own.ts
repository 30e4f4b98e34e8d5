import { type Identity, lastingKey, type Session } from '../../core/index.ts'
import { type AuditRecord, personRef, sessionRef } from '../../events/index.ts'

type Named = Pick<Identity, 'provider' | 'protocol' | 'issuer'>

/** Two identity providers may know people of the same name, and so may one by SAML and by OpenID Connect. */
export function isAboutOneOf({ provider, protocol, issuer }: Named, record: AuditRecord): boolean {
  if (!('issuer' in record) || record.issuer !== issuer) return false
  const by = 'protocol' in record ? record.protocol : undefined
  if (by !== undefined) return by === protocol
  // Written by a version that did not say: one entry of the configuration speaks one protocol.
  return 'idp' in record && record.idp === provider
}

/** Whether a record is one's own; a program that was let in for a role has those of its session alone. */
export function isOwn({ id, identity, only }: Session, record: AuditRecord): boolean {
  return (
    'user' in record &&
    record.user === identity.user &&
    isAboutOneOf(identity, record) &&
    (only === undefined || ('sessionId' in record && record.sessionId === sessionRef(id)))
  )
}

/** Whether it tells of what others did about somebody's own requests; a program that was let in for a role sees none. */
export function isAboutOwn({ identity, only }: Session, record: AuditRecord): boolean {
  return (
    only === undefined &&
    'personRef' in record &&
    record.person === identity.user &&
    record.personRef === personRef(lastingKey(identity))
  )
}

/** What the page of a request shows its person too: who answered and how, and nothing of where they sat. */
const told = new Set(
  [
    'id',
    'at',
    'type',
    'user',
    'person',
    'personIdp',
    'request',
    'roleArn',
    'accountId',
    'accountName',
  ].concat(['rule', 'reason', 'breakGlass', 'because', 'until', 'approvals', 'needed', 'by', 'waitedFor']),
)

/** A record of what others did, as the person sees it whom it is about. */
export function aboutOwn<R extends AuditRecord>(record: R): R {
  return Object.fromEntries(Object.entries(record).filter(([name]) => told.has(name))) as unknown as R
}
