import { createHash } from 'node:crypto'
import { Refusal, type RequestContext, type Session } from '../../core/index.ts'
import { sessionRef } from '../../events/index.ts'
import { circumstances, subject } from '../audit.ts'
import type { Story } from '../parts.ts'
import { byDatabase } from './by-database.ts'
import { byFile } from './by-file.ts'
import type { HistoryDesk, HistoryQuestion } from './desk.ts'
import { isOwn } from './own.ts'
import { type Scope, scopeOf, seesAll } from './scope.ts'
import type { Source } from './source.ts'
import { takeAll } from './take.ts'

/** What the desk works with. */
type HistoryParts = Pick<Story, 'policy' | 'events' | 'questions' | 'reads' | 'takers' | 'history' | 'trail'>

/** The desk in front of the history, or where there is none of the audit file. */
export function createHistoryDesk(parts: HistoryParts): HistoryDesk {
  const source = sourceOf(parts)
  const asked = (): Source => {
    if (source === undefined)
      throw new Refusal('not_found', 'the audit trail is kept neither in a database nor in a file', {
        say: 'This bridge keeps no audit trail that can be read here.',
      })
    return source
  }

  /** Judges the question, then counts it. */
  async function judge(session: Session, question: HistoryQuestion) {
    const from = asked()
    const scope = scopeOf(parts, session, question)
    await parts.questions(session)
    return { from, scope }
  }

  /** Writes down that records of others were read, before anybody sees them. */
  async function note(
    session: Session,
    question: HistoryQuestion,
    { others }: Scope,
    records: number,
    context: RequestContext,
  ) {
    const filter = told(question)
    const read = createHash('sha256')
      .update(JSON.stringify([sessionRef(session.id), question]))
      .digest('base64url')
    if (!others || !parts.reads.first(read)) return
    try {
      await parts.events.emit({
        type: 'audit_read',
        ...circumstances(context),
        ...subject(session),
        filter,
        records,
      })
    } catch (error) {
      parts.reads.forget(read)
      throw error
    }
  }

  return {
    seesAll: (session) => seesAll(parts, session),
    search: async (session, question, wish, context) => {
      const { from, scope } = await judge(session, question)
      if (scope === undefined) return { records: [] }
      const page = await from.search(scope.filter, wish)
      const records = page.records.flatMap((one) => scope.show(one) ?? [])
      await note(session, question, scope, records.length, context)
      return { ...page, records }
    },
    after: async (session, question, wish, context) => {
      const { from, scope } = await judge(session, question)
      // What this program may see is none of what it asks for, now and later.
      if (scope === undefined) return { records: [], next: wish.cursor ?? '' }
      const news = await from.after(scope.filter, wish)
      const records = news.records.flatMap((one) => scope.show(one) ?? [])
      await note(session, question, scope, records.length, context)
      return { ...news, records }
    },
    take: async (session, question, wish, context) => {
      const { from, scope } = await judge(session, question)
      const event = {
        type: 'audit_exported',
        ...circumstances(context),
        ...subject(session),
        filter: told(question),
        format: wish.format,
      } as const
      const records = scope && from.stream(scope.filter)
      return takeAll({
        records,
        show: scope?.show ?? (() => undefined),
        limit: wish.limit,
        free: parts.takers.enter(session),
        begun: () => parts.events.emit({ ...event, stage: 'begun' }),
        ended: (count, whole) => parts.events.emit({ ...event, stage: 'ended', records: count, whole }),
      })
    },
    record: async (session, id, context) => {
      const { from, scope } = await judge(session, { id })
      const [found] = scope ? (await from.search(scope.filter, { limit: 1 })).records : []
      const record = found && scope?.show(found)
      if (found === undefined || record === undefined || scope === undefined)
        throw new Refusal('not_found', 'no such record', { say: 'There is no such record for you to see.' })
      const around = (await from.around(found)).flatMap((one) => scope.show(one) ?? [])
      const own = isOwn(session, record)
      await note(session, { id }, { ...scope, others: scope.others && !own }, around.length, context)
      return { record, around }
    },
    perHour: async (session, question) => {
      const scope = scopeOf(parts, session, question)
      return scope && asked().perHour(scope.filter)
    },
    uses: async (session, question) => {
      const scope = scopeOf(parts, session, question)
      return scope && asked().uses(scope.filter)
    },
    standing: async () => (source === undefined ? { from: 'nowhere' } : source.standing()),
  }
}

function sourceOf({ history, trail }: HistoryParts): Source | undefined {
  if (history !== undefined) return byDatabase(history)
  return trail === undefined ? undefined : byFile(trail)
}

/** The filter as the trail has it. Somebody may look for a secret, or have pasted one: of a text its length alone is kept. */
function told({ mine, text, ...filter }: HistoryQuestion) {
  return {
    ...filter,
    ...(text !== undefined && { textLength: text.length }),
    ...(mine && { mine }),
  }
}
