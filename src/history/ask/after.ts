import { type SqlBool, sql } from 'kysely'
import type { Database } from '../database/tables.ts'
import type { Found, HistoryFilter, Page } from '../history.ts'
import { conditionsOf, waysOf } from './conditions.ts'
import { cursorOf, type Place, readCursor } from './cursor.ts'
import { checkedFilter, checkLimit } from './filter.ts'
import { foundOf, type Line, mostPerPage, page } from './search.ts'

/** A follower's question looks at so many records at most. */
const mostLookedAt = 20_000

/** What came in after a cursor, in the order of arrival. */
export async function after(
  { db, kind, cursorKey }: Database,
  cursor: string | undefined,
  limit: number,
  filter: HistoryFilter,
): Promise<Page & { next: string }> {
  checkLimit(limit, mostPerPage)
  const { or, ...plain } = checkedFilter(filter)
  const ways = [plain, ...(or ? [or] : [])].map((one) => {
    const { driving, span, rest } = conditionsOf(one, kind, { byRow: true })
    return [...(driving ? [driving] : []), ...span, ...rest]
  })
  const from = cursor === undefined ? { at: 0, row: 0 } : readCursor('after', cursorKey, cursor)
  const bound = await db
    .selectFrom('records')
    .select(['row', 'at'])
    .where('row', '>', from.row)
    .orderBy('row')
    .offset(mostLookedAt - 1)
    .limit(1)
    .executeTakeFirst()
  const newest = bound ?? (await newestRow({ db }))
  const lines: Line[] = await db
    .selectFrom('records')
    .select(['row', 'at', 'node', 'line'])
    .where('row', '>', from.row)
    .where('row', '<=', newest.row)
    .where((eb) => eb.or(ways.map((conditions) => eb.and(conditions))))
    .orderBy('row')
    .limit(limit)
    .execute()
  const last: Place = lines.length === limit ? (lines.at(-1) as Line) : newest
  const next = last.row > from.row ? last : from
  return { records: lines.map((line) => foundOf(line, cursorKey)), next: cursorOf('after', cursorKey, next) }
}

async function newestRow({ db }: Pick<Database, 'db'>): Promise<Place> {
  const row = await db
    .selectFrom('records')
    .select(['row', 'at'])
    .orderBy('row', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row ?? { at: 0, row: 0 }
}

/** Everything that fits, page by page, up to the newest record there was at the beginning. */
export async function* stream(
  open: () => Promise<Database>,
  filter: HistoryFilter,
  order: 'newest' | 'oldest',
): AsyncGenerator<Found, void, undefined> {
  const first = await open()
  const asked = waysOf(checkedFilter(filter), first.kind)
  const { row: mostRow } = await newestRow(first)
  let from: Place | undefined
  do {
    const database = await open()
    const { lines, next } = await page(database, asked, { limit: mostPerPage, from, order, mostRow })
    for (const line of lines) yield foundOf(line, database.cursorKey)
    from = next
  } while (from)
}

/** Around an event, what happened in its session, else in its request. */
export async function neighbours({ db, cursorKey }: Database, eventId: string): Promise<readonly Found[]> {
  checkedFilter({ id: eventId })
  const own = await db
    .selectFrom('records')
    .select(['row', 'at', 'node', 'line', 'session', 'request'])
    .where('id', '=', eventId.slice(0, 256))
    .executeTakeFirst()
  if (!own) return []
  const [column, value] =
    own.session === null ? (['request', own.request] as const) : (['session', own.session] as const)
  if (value === null) return [foundOf(own, cursorKey)]
  const side = (comparison: '<' | '>', order: 'asc' | 'desc') =>
    db
      .selectFrom('records')
      .select(['row', 'at', 'node', 'line'])
      .where(column, '=', value)
      .where(sql<SqlBool>`(at, "row") ${sql.raw(comparison)} (${own.at}, ${own.row})`)
      .orderBy('at', order)
      .orderBy('row', order)
      .limit(50)
      .execute()
  const [before, behind] = [await side('<', 'desc'), await side('>', 'asc')]
  return [...before.reverse(), own, ...behind].map((line) => foundOf(line, cursorKey))
}
