import { setTimeout as pause } from 'node:timers/promises'
import { type Selectable, sql, type Transaction } from 'kysely'
import type { Clock } from '../core/index.ts'
import { exclusively } from './database/exclusively.ts'
import type { ChainTable, Database, RecordTable, Tables } from './database/tables.ts'
import { takeCounts } from './follow/insert.ts'

const rowsPerBatch = 500
const betweenBatches = 50
const hourMs = 3_600_000

/** Takes out what is older than `seconds`, every hour and once at the beginning. Returns how to stop it, which waits for what is under way. */
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
): () => Promise<void> {
  const stopping = new AbortController()
  const { signal } = stopping
  const round = async () => {
    try {
      const database = await open()
      while ((await forget(database, (await now(database, clock)) - seconds * 1000)) > 0 && !signal.aborted)
        await pause(betweenBatches, undefined, { ref: false, signal })
    } catch (error) {
      if (!signal.aborted) warn(`old records stay in the history for now: ${(error as Error).message}`)
    }
  }
  let working = round()
  const timer = setInterval(() => {
    working = working.then(round)
  }, hourMs)
  timer.unref()
  return async () => {
    stopping.abort()
    clearInterval(timer)
    await working
  }
}

/** What is older by this clock and by the server's: one node whose clock runs ahead takes nothing from all the others. */
async function now({ db, kind }: Database, clock: Clock): Promise<number> {
  if (kind === 'sqlite') return clock()
  const { rows } = await sql<{ now: number }>`
    select (extract(epoch from clock_timestamp())::numeric * 1000::numeric)::bigint as now`.execute(db)
  return Math.min(clock(), rows[0]?.now ?? 0)
}

/** Takes out some of what is older than a time, in one short transaction. Resolves with how many records. */
export async function forget(database: Database, before: number): Promise<number> {
  return exclusively(database, async (trx) => {
    const chains = await trx.selectFrom('chains').select(['node', 'seq']).where('file', '=', '').execute()
    const old = [...(await oldCopies(trx, before, chains)), ...(await oldOfChains(trx, before, chains))]
    for (let from = 0; from < old.length; from += rowsPerBatch) {
      const rows = old.slice(from, from + rowsPerBatch).map(({ row }) => row)
      await trx.deleteFrom('records').where('row', 'in', rows).execute()
    }
    await takeCounts(trx, old)
    // Whoever took nothing for so long is not known here any more.
    if (old.length === 0) await trx.deleteFrom('uses').where('last', '<', before).execute()
    return old.length
  })
}

type Chain = Pick<ChainTable, 'node' | 'seq'>

/** Of nodes whose trail is in files: whatever is old, in whichever order it was written. */
function oldCopies(trx: Transaction<Tables>, before: number, chains: readonly Chain[]) {
  const kept = chains.map(({ node }) => node)
  let query = trx.selectFrom('records').selectAll().where('at', '<', before)
  if (kept.length > 0) query = query.where('node', 'not in', kept)
  return query.orderBy('at').limit(rowsPerBatch).execute()
}

/**
 * Of chains that are kept in here: from their beginning up to the first record that is not old, whatever a clock that was put
 * right says of those behind it. A hole would look like records that somebody took. The last one stays: without it nothing
 * tells whether the rest was forgotten or taken.
 */
async function oldOfChains(trx: Transaction<Tables>, before: number, chains: readonly Chain[]) {
  const old: Selectable<RecordTable>[] = []
  for (const { node, seq } of chains) {
    const first = await trx
      .selectFrom('records')
      .selectAll()
      .where('node', '=', node)
      .where('seq', '<', seq)
      .orderBy('seq')
      .limit(rowsPerBatch)
      .execute()
    const end = first.findIndex(({ at }) => at >= before)
    old.push(...(end < 0 ? first : first.slice(0, end)))
  }
  return old
}
