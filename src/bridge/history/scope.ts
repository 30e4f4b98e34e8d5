import { lastingKey, Refusal, type Session } from '../../core/index.ts'
import { personRef, sessionRef } from '../../events/index.ts'
import type { HistoryFilter } from '../../history/index.ts'
import { officesOf } from '../decide/offices.ts'
import type { Story } from '../parts.ts'
import type { HistoryQuestion, HistoryRecord } from './desk.ts'
import { aboutOwn, isAboutOwn, isOwn } from './own.ts'

/** How far somebody sees, for one question. */
export interface Scope {
  readonly filter: HistoryFilter
  /** What of a record leaves, whatever the source made of the filter; undefined: nothing. */
  readonly show: (record: HistoryRecord) => HistoryRecord | undefined
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
  if (!mine && seesAll(parts, session))
    return { filter: withAbout(filter), show: (record) => record, others: true }
  const { identity, only, id } = session
  if (filter.user !== undefined && filter.user !== identity.user) {
    throw new Refusal('not_entitled', 'asked for the audit trail of others', {
      say: 'Only auditors may read the audit trail of others.',
    })
  }
  const { user, provider, protocol, issuer } = identity
  const own = { ...filter, person: { user, provider, protocol, issuer } }
  const show = (record: HistoryRecord) => {
    if (isOwn(session, record)) return record
    return isAboutOwn(session, record) ? aboutOwn(record) : undefined
  }
  if (only === undefined) return { filter: withAboutOwn(own, session), show, others: false }
  const ref = sessionRef(id)
  if (filter.session !== undefined && filter.session !== ref) return undefined
  return { filter: { ...own, session: ref }, show, others: false }
}

/** Somebody's name finds what others did about them, too. */
function withAbout(filter: HistoryFilter): HistoryFilter {
  const { user, ...rest } = filter
  return user === undefined ? filter : { ...filter, or: { ...rest, about: { user } } }
}

/** Filters of what the person is shown of such a record: by the others one could find out what is not shown. */
const open = new Set([
  'user',
  'person',
  'role',
  'account',
  'rule',
  'type',
  'outcome',
  'access',
  'id',
  'since',
  'until',
])

function withAboutOwn(own: HistoryFilter, { identity }: Session): HistoryFilter {
  if (!Object.keys(own).every((name) => open.has(name))) return own
  const { user: _, person: __, ...rest } = own
  const about = { user: identity.user, ref: personRef(lastingKey(identity)) }
  return { ...own, or: { ...rest, about } }
}
