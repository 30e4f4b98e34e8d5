import { type SqlBool, sql } from 'kysely'
import type { AuditRecord } from '../../events/index.ts'
import type { Database } from '../database/tables.ts'
import type { Found, HistoryFilter, Page, PageOptions } from '../history.ts'
import { type Asked, type Condition, waysOf } from './conditions.ts'
import { cursorOf, type Place, readCursor } from './cursor.ts'
import { checkedFilter, checkLimit } from './filter.ts'

export const mostPerPage = 500

/** One question looks through so many records at most, whatever it asks for. */
const mostLookedAt = 20_000

type Order = 'newest' | 'oldest'

/** What one page needs of a row. */
export interface Line {
  readonly row: number
  readonly at: number
  readonly node: string
  readonly line: string
}

/** A page of what fits, by time. */
export async function search(
  database: Database,
  filter: HistoryFilter,
  { limit, cursor, order = 'newest' }: PageOptions,
): Promise<Page> {
  checkLimit(limit, mostPerPage)
  const asked = waysOf(checkedFilter(filter), database.kind)
  const from = cursor === undefined ? undefined : readCursor(order, database.cursorKey, cursor)
  const { lines, next, bounded } = await page(database, asked, { limit, from, order })
  return {
    records: lines.map((line) => foundOf(line, database.cursorKey)),
    ...(next && { next: cursorOf(order, database.cursorKey, next) }),
    ...(next && bounded && { searchedBackTo: next.at }),
  }
}

interface Wanted {
  readonly limit: number
  readonly from: Place | undefined
  readonly order: Order
  readonly mostRow?: number
}

interface Lines {
  readonly lines: readonly Line[]
  readonly next?: Place
  readonly bounded: boolean
}

/**
 * The lines of a page, and the place from which to go on; `bounded`: because there was too much to look through. Each way to
 * fit is asked by its own index, and they are whole together only as far as each of them is.
 */
export async function page(database: Database, ways: readonly Asked[], wanted: Wanted): Promise<Lines> {
  const { limit, order } = wanted
  const pages: Lines[] = []
  for (const asked of ways) pages.push(await pageOf(database, asked, wanted))
  const [first, ...others] = pages
  if (first !== undefined && others.length === 0) return first
  const sign = order === 'newest' ? -1 : 1
  const compare = (a: Place, b: Place) => sign * (a.at - b.at || a.row - b.row)
  const horizon = pages
    .flatMap(({ next, bounded }) => (next ? [{ next, bounded }] : []))
    .sort((a, b) => compare(a.next, b.next))[0]
  const each = new Map(pages.flatMap(({ lines }) => lines).map((line) => [line.row, line]))
  const lines = [...each.values()]
    .filter((line) => horizon === undefined || compare(line, horizon.next) <= 0)
    .sort(compare)
  const shown = lines.slice(0, limit)
  if (lines.length > limit) return { lines: shown, next: shown.at(-1) as Line, bounded: false }
  return { lines: shown, ...(horizon && { next: horizon.next }), bounded: horizon?.bounded ?? false }
}

async function pageOf(
  database: Database,
  asked: Asked,
  { limit, from, order, mostRow }: Wanted,
): Promise<Lines> {
  const where = [
    ...(asked.driving ? [asked.driving] : []),
    ...asked.span,
    ...(from ? [beyond(from, order)] : []),
    ...(mostRow === undefined ? [] : [sql<SqlBool>`"row" <= ${mostRow}`]),
  ]
  // What an index answers alone needs no bound but the page's own.
  const bound = asked.rest.length > 0 ? await boundary(database, where, order) : undefined
  const all = [...where, ...asked.rest, ...(bound ? [within(bound, order)] : [])]
  const lines = await database.db
    .selectFrom('records')
    .select(['row', 'at', 'node', 'line'])
    .where((eb) => eb.and(all))
    .orderBy('at', order === 'newest' ? 'desc' : 'asc')
    .orderBy('row', order === 'newest' ? 'desc' : 'asc')
    .limit(limit + 1)
    .execute()
  const shown = lines.slice(0, limit)
  if (lines.length > limit) return { lines: shown, next: shown.at(-1) as Line, bounded: false }
  return { lines: shown, ...(bound && { next: bound }), bounded: bound !== undefined }
}

/** Where the last record is that may be looked at; undefined when there are fewer. */
async function boundary(database: Database, where: Condition[], order: Order): Promise<Place | undefined> {
  return database.db
    .selectFrom('records')
    .select(['at', 'row'])
    .where((eb) => eb.and(where))
    .orderBy('at', order === 'newest' ? 'desc' : 'asc')
    .orderBy('row', order === 'newest' ? 'desc' : 'asc')
    .offset(mostLookedAt - 1)
    .limit(1)
    .executeTakeFirst()
}

function beyond({ at, row }: Place, order: Order): Condition {
  return order === 'newest' ? sql`(at, "row") < (${at}, ${row})` : sql`(at, "row") > (${at}, ${row})`
}

/** Not written as `not beyond`: no index answers that, and the whole history would be looked through. */
function within({ at, row }: Place, order: Order): Condition {
  return order === 'newest' ? sql`(at, "row") >= (${at}, ${row})` : sql`(at, "row") <= (${at}, ${row})`
}

export function foundOf({ row, at, node, line }: Line, cursorKey: string): Found {
  return {
    record: JSON.parse(line) as AuditRecord,
    node,
    // Most are never looked at.
    get cursor() {
      return cursorOf('after', cursorKey, { at, row })
    },
  }
}
