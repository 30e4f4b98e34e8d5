import { Refusal, type Session } from '../core/index.ts'
import type { AuditFilter, AuditRecord } from '../events/index.ts'
import { isAuditor } from '../policy/index.ts'
import type { BridgeParts } from './parts.ts'

/** What somebody asks of the audit trail; auditors may name any user, others read their own records only. */
export type TrailFilter = Omit<AuditFilter, 'limit' | 'type'> & {
  readonly limit: number
  readonly type?: string
}

/** The newest records first. Throws `not_found` when the trail is not kept in a file, `not_entitled` otherwise. */
export async function readTrail(
  { trail, policy }: BridgeParts,
  { identity }: Session,
  { limit, type, ...filter }: TrailFilter,
): Promise<readonly AuditRecord[]> {
  if (trail === undefined) {
    throw new Refusal('not_found', 'the audit trail is not kept in a file', {
      say: 'This bridge keeps no audit trail that can be read here.',
    })
  }
  const auditor = isAuditor(policy, identity)
  if (!auditor && filter.user !== undefined && filter.user !== identity.user) {
    throw new Refusal('not_entitled', 'asked for the audit trail of others', {
      say: 'Only auditors may read the audit trail of others.',
    })
  }
  const records: AuditRecord[] = []
  for await (const record of trail(auditor ? filter : { ...filter, user: identity.user })) {
    // Two identity providers may know people of the same name.
    const own = 'issuer' in record && record.issuer === identity.issuer
    if ((auditor || own) && (type === undefined || record.type === type)) records.push(record)
    if (records.length >= limit) break
  }
  return records
}
