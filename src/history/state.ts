import { sql } from 'kysely'
import type { Database } from './database/tables.ts'
import type { HistoryState } from './history.ts'

/** What a history holds. */
export async function stateOf({ db, kind }: Database): Promise<Omit<HistoryState, 'node' | 'lag'>> {
  const edge = (order: 'asc' | 'desc') =>
    db.selectFrom('records').select('at').orderBy('at', order).limit(1).executeTakeFirst()
  const [oldest, newest] = [await edge('asc'), await edge('desc')]
  const { records } = await db
    .selectFrom('hours')
    .select(sql<number>`cast(coalesce(sum(hours.count), 0) as bigint)`.as('records'))
    .executeTakeFirstOrThrow()
  const gaps = await db.selectFrom('gaps').selectAll().orderBy('first_seq', 'desc').limit(100).execute()
  const nodes = await db.selectFrom('chains').select(['node', 'seq']).orderBy('node').limit(1000).execute()
  return {
    kind,
    records,
    nodes,
    ...(oldest && { oldest: oldest.at }),
    ...(newest && { newest: newest.at }),
    gaps: gaps.map(({ node, first_seq, last_seq }) => ({ node, from: first_seq, to: last_seq })),
  }
}
