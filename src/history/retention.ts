import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Clock } from '../core/index.ts'
import { exclusively } from './database/exclusively.ts'
import type { Database } from './database/tables.ts'
import { hourMs } from './follow/row.ts'

const rowsPerBatch = 500
const betweenBatches = 50

/** Takes out what is older than `seconds`, every hour and once at the beginning. Returns how to stop it. */
export function keepFor(
  seconds: number,
  {
    clock,
    warn,
    open,
  }: {
    readonly clock: Clock
    readonly warn: (message: string) => void
    readonly open: () => Promise<Database>
  },
): () => void {
  let stopped = false
  const work = async () => {
    try {
      const database = await open()
      while (!stopped && (await forget(database, clock() - seconds * 1000)) > 0)
        await pause(betweenBatches, undefined, { ref: false })
    } catch (error) {
      if (!stopped) warn(`old records stay in the history for now: ${(error as Error).message}`)
    }
  }
  const timer = setInterval(work, hourMs)
  timer.unref()
  void work()
  return () => {
    stopped = true
    clearInterval(timer)
  }
}

/** Takes out some of what is older than a time, in one short transaction. Resolves with how many records. */
export async function forget(database: Database, before: number): Promise<number> {
  return exclusively(database, async (trx) => {
    const old = trx
      .selectFrom('records')
      .select('row')
      .where('at', '<', before)
      .where(({ not, exists, selectFrom }) =>
        // The end of a chain that is kept in here: without it nothing tells whether the rest was forgotten or taken.
        not(
          exists(
            selectFrom('chains')
              .select('chains.node')
              .whereRef('chains.node', '=', 'records.node')
              .whereRef('chains.seq', '=', 'records.seq')
              .where('chains.file', '=', ''),
          ),
        ),
      )
      .orderBy('at')
      .limit(rowsPerBatch)
    const { numDeletedRows } = await trx
      .deleteFrom('records')
      .where('row', 'in', old)
      .executeTakeFirstOrThrow()
    if (Number(numDeletedRows) === rowsPerBatch) return rowsPerBatch
    // Whoever took nothing for so long is not known here any more.
    await trx.deleteFrom('uses').where('last', '<', before).execute()
    await trx
      .deleteFrom('hours')
      .where('hour', '<', sql<number>`${Math.floor(before / hourMs) * hourMs}`)
      .execute()
    return Number(numDeletedRows)
  })
}
