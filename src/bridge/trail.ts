import { type Identity, Refusal, type Session } from '../core/index.ts'
import { type AuditFilter, type AuditRecord, sessionRef } from '../events/index.ts'
import { officesOf } from './decide/offices.ts'
import type { Story } from './parts.ts'

/** What somebody asks of the audit trail; auditors may name any user, others read their own records only. */
export type TrailFilter = Omit<AuditFilter, 'limit' | 'type' | 'mostBytes'> & {
  readonly limit: number
  readonly type?: string
}

/** What was found, the newest first. */
export interface TrailAnswer {
  readonly records: readonly AuditRecord[]
  /** The search ended early: the `until` (epoch milliseconds) with which to ask for what lies before. */
  readonly searchedBackTo?: number
}

/** One question looks through so much of the trail: some thirty thousand records. */
const mostBytes = 16 * 1024 * 1024

/** Throws `not_found` when the trail is not kept in a file, `not_entitled` or `too_many_requests` otherwise. */
export async function readTrail(
  { trail, policy, questions }: Story,
  session: Session,
  { limit, type, ...filter }: TrailFilter,
): Promise<TrailAnswer> {
  const { identity, only } = session
  if (trail === undefined) {
    throw new Refusal('not_found', 'the audit trail is not kept in a file', {
      say: 'This bridge keeps no audit trail that can be read here.',
    })
  }
  // A program that was let in for a role got that role: not the person's office, and not what others of theirs did.
  const auditor = officesOf({ policy }, session).includes('auditor')
  if (!auditor && filter.user !== undefined && filter.user !== identity.user) {
    throw new Refusal('not_entitled', 'asked for the audit trail of others', {
      say: 'Only auditors may read the audit trail of others.',
    })
  }
  await questions(session)
  const found = trail({ ...filter, ...(!auditor && { user: identity.user }), mostBytes })
  const records: AuditRecord[] = []
  try {
    while (records.length < limit) {
      const { done, value } = await found.next()
      if (done) return { records, ...(value !== undefined && { searchedBackTo: value }) }
      const theirs = isAboutOneOf(identity, value)
      const own =
        theirs && (only === undefined || ('sessionId' in value && value.sessionId === sessionRef(session.id)))
      if ((auditor || own) && (type === undefined || value.type === type)) records.push(value)
    }
    return { records }
  } finally {
    await found.return(undefined) // closes the file
  }
}

/** Two identity providers may know people of the same name, and so may one by SAML and by OpenID Connect. */
export function isAboutOneOf({ provider, protocol, issuer }: Identity, record: AuditRecord): boolean {
  if (!('issuer' in record) || record.issuer !== issuer) return false
  const by = 'protocol' in record ? record.protocol : undefined
  if (by !== undefined) return by === protocol
  // Written by a version that did not say: one entry of the configuration speaks one protocol.
  return 'idp' in record && record.idp === provider
}
