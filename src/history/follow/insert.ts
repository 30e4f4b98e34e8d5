import { sql, type Transaction } from 'kysely'
import type { Tables } from '../database/tables.ts'
import { hoursOf, type Row, usesOf } from './row.ts'

/** Puts rows in that are not there yet, and what they add to uses and hours. Resolves with the ids of those. */
export async function insertRows(
  trx: Transaction<Tables>,
  rows: readonly Row[],
): Promise<ReadonlySet<string>> {
  if (rows.length === 0) return new Set()
  const unique = [...new Map(rows.toReversed().map((row) => [row.id, row])).values()].toReversed()
  const added = await trx
    .insertInto('records')
    .values(unique)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .execute()
  const ids = new Set(added.map(({ id }) => id))
  const fresh = unique.filter(({ id }) => ids.has(id))
  const uses = usesOf(fresh)
  if (uses.length > 0)
    await trx
      .insertInto('uses')
      .values(uses)
      .onConflict((conflict) =>
        conflict.column('key').doUpdateSet({
          first: sql`case when excluded.first < uses.first then excluded.first else uses.first end`,
          last: sql`case when excluded.last > uses.last then excluded.last else uses.last end`,
          count: sql`uses.count + excluded.count`,
        }),
      )
      .execute()
  const hours = hoursOf(fresh)
  if (hours.length > 0)
    await trx
      .insertInto('hours')
      .values(hours)
      .onConflict((conflict) =>
        conflict.columns(['hour', 'type', 'code']).doUpdateSet({ count: sql`hours.count + excluded.count` }),
      )
      .execute()
  return ids
}

/** Takes what rows that left had added to uses and hours: read again, they are counted once. */
export async function takeCounts(trx: Transaction<Tables>, rows: readonly Row[]): Promise<void> {
  for (const { key, count } of usesOf(rows)) {
    await trx
      .updateTable('uses')
      .set({ count: sql`count - ${count}` })
      .where('key', '=', key)
      .execute()
    await trx.deleteFrom('uses').where('key', '=', key).where('count', '<=', 0).execute()
  }
  for (const { hour, type, code, count } of hoursOf(rows)) {
    const one = { hour, type, code }
    await trx
      .updateTable('hours')
      .set({ count: sql`count - ${count}` })
      .where((eb) => eb.and(one))
      .execute()
    await trx
      .deleteFrom('hours')
      .where((eb) => eb.and(one))
      .where('count', '<=', 0)
      .execute()
  }
}
