import { Refusal, type Session } from '../../core/index.ts'
import { type AuditRecord, sessionRef } from '../../events/index.ts'
import type { HistoryFilter } from '../../history/index.ts'
import { officesOf } from '../decide/offices.ts'
import type { Story } from '../parts.ts'
import type { HistoryQuestion } from './desk.ts'
import { isOwn } from './own.ts'

/** How far somebody sees, for one question. */
export interface Scope {
  readonly filter: HistoryFilter
  /** Held against every record that leaves, whatever the source made of the filter. */
  readonly sees: (record: AuditRecord) => boolean
  /** It reaches records of others. */
  readonly others: boolean
}

/** A session whose person may read everybody's records. The trail of everybody is for people, not for jobs. */
export function seesAll({ policy }: Pick<Story, 'policy'>, session: Session): boolean {
  return session.identity.protocol !== 'workload' && officesOf({ policy }, session).length > 0
}

/** Judges a question. Undefined: nothing of what it asks for can be one's own. Throws `not_entitled`. */
export function scopeOf(
  parts: Pick<Story, 'policy'>,
  session: Session,
  { mine, ...filter }: HistoryQuestion,
): Scope | undefined {
  if (!mine && seesAll(parts, session)) return { filter, sees: () => true, others: true }
  const { identity, only, id } = session
  if (filter.user !== undefined && filter.user !== identity.user) {
    throw new Refusal('not_entitled', 'asked for the audit trail of others', {
      say: 'Only auditors may read the audit trail of others.',
    })
  }
  const { user, provider, protocol, issuer } = identity
  const own = { ...filter, person: { user, provider, protocol, issuer } }
  const sees = (record: AuditRecord) => isOwn(session, record)
  if (only === undefined) return { filter: own, sees, others: false }
  const ref = sessionRef(id)
  if (filter.session !== undefined && filter.session !== ref) return undefined
  return { filter: { ...own, session: ref }, sees, others: false }
}
