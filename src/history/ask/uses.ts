import { sql } from 'kysely'
import type { EventType } from '../../events/index.ts'
import type { Database } from '../database/tables.ts'
import { hourMs, indexed } from '../follow/row.ts'
import type { HistoryFilter, HourCount, LastUse, Use, UseFilter } from '../history.ts'
import { waysOf } from './conditions.ts'
import { checkedFilter } from './filter.ts'
import { page } from './search.ts'

const atOnce = 1000

/** Who took which role by which rule, page by page. */
export async function* uses(
  open: () => Promise<Database>,
  given: UseFilter,
): AsyncGenerator<Use, void, undefined> {
  const { user, nameId, person, role, account, rule, since } = checkedFilter(given)
  let last = ''
  for (;;) {
    const { db } = await open()
    let query = db.selectFrom('uses').selectAll().where('key', '>', last)
    const columns = { person: user ?? person?.user, name_id: nameId, role, account, rule }
    for (const [column, value] of Object.entries(columns))
      if (value !== undefined) query = query.where(column as 'person', '=', indexed(value, column))
    if (person) {
      query = query
        .where('issuer', '=', indexed(person.issuer))
        .where((eb) =>
          eb.or([
            eb('protocol', '=', person.protocol),
            eb.and([eb('protocol', '=', ''), eb('idp', '=', person.provider)]),
          ]),
        )
    }
    if (since !== undefined) query = query.where('last', '>=', since)
    const rows = await query.orderBy('key').limit(atOnce).execute()
    for (const { key: _, person: name, name_id: nameId, ...use } of rows) yield { ...use, user: name, nameId }
    const end = rows.at(-1)
    if (!end || rows.length < atOnce) return
    last = end.key
  }
}

/** When each role or rule was last handed out. */
export async function lastUse({ db }: Database, by: 'role' | 'rule'): Promise<readonly LastUse[]> {
  const rows = await db
    .selectFrom('uses')
    .select(({ fn, ref }) => [
      ref(by).as('name'),
      fn.min<number>('first').as('first'),
      fn.max<number>('last').as('last'),
      sql<number>`cast(sum(uses.count) as bigint)`.as('count'),
      sql<number>`count(distinct protocol || '|' || issuer || '|' || name_id || '|' || person)`.as('people'),
    ])
    .groupBy(by)
    .orderBy('last', 'desc')
    .limit(50_000)
    .execute()
  return rows
}

const counted = new Set<string>(['since', 'until', 'type', 'code', 'outcome'])

/** Events by hour: of a question that the counts can answer from those, else from the records themselves. */
export async function perHour(
  database: Database,
  given: HistoryFilter,
): Promise<{ hours: readonly HourCount[]; searchedBackTo?: number }> {
  const filter = checkedFilter(given)
  const whole = [filter.since, filter.until].every((time) => time === undefined || time % hourMs === 0)
  if (whole && Object.keys(filter).every((name) => counted.has(name)))
    return { hours: await fromCounts(database, filter) }
  return fromRecords(database, filter)
}

async function fromCounts(
  { db }: Database,
  { since, until, type, code, outcome }: HistoryFilter,
): Promise<HourCount[]> {
  let query = db.selectFrom('hours').select(['hour', 'type', 'code', 'count'])
  if (since !== undefined) query = query.where('hour', '>=', since)
  if (until !== undefined) query = query.where('hour', '<', until)
  if (type !== undefined) query = query.where('type', 'in', [type].flat())
  if (code !== undefined) query = query.where('code', '=', indexed(code, 'code'))
  if (outcome !== undefined) query = query.where('code', outcome === 'ok' ? '=' : '<>', '')
  const rows = await query.orderBy('hour', 'desc').limit(50_000).execute()
  return rows.reverse().map(hourOf)
}

const mostCounted = 50_000
const pageSize = 5000

async function fromRecords(database: Database, filter: HistoryFilter) {
  const asked = waysOf(filter, database.kind)
  const hours = new Map<string, { hour: number; type: string; code: string; count: number }>()
  let from: { at: number; row: number } | undefined
  for (let looked = 0; looked < mostCounted; looked += pageSize) {
    const { lines, next } = await page(database, asked, { limit: pageSize, from, order: 'newest' })
    for (const { at, line } of lines) {
      const { type, code = '' } = JSON.parse(line) as { type: string; code?: string }
      const hour = Math.floor(at / hourMs) * hourMs
      const key = JSON.stringify([hour, type, code])
      hours.set(key, { hour, type, code, count: (hours.get(key)?.count ?? 0) + 1 })
    }
    from = next
    if (!from) break
  }
  const sorted = [...hours.values()].sort((a, b) => a.hour - b.hour).map(hourOf)
  return { hours: sorted, ...(from && { searchedBackTo: from.at }) }
}

function hourOf({
  hour,
  type,
  code,
  count,
}: {
  hour: number
  type: string
  code: string
  count: number
}): HourCount {
  return { at: hour, type: type as EventType, ...(code !== '' && { code }), count }
}
