import { chainLine, type Event, genesis, groupCommit, type Sink } from '../events/index.ts'
import { exclusively } from './database/exclusively.ts'
import type { Database } from './database/tables.ts'
import { readPosition, writeEnd } from './follow/commit.ts'
import { insertRows } from './follow/insert.ts'
import { type Row, rowOf } from './follow/row.ts'

/**
 * The audit trail in the database: an event counts when its transaction is committed. Each node has a chain of its own, and
 * its end is read within the transaction, so that whatever became of the one before, nothing is numbered twice.
 */
export function databaseSink(open: () => Promise<Database>, node: string): Sink {
  const commits = groupCommit(async (events: readonly Event[]) => {
    await exclusively(await open(), async (trx) => {
      const { seq, hash } = await readPosition(trx, node)
      let end = seq === 0 ? genesis : { seq, hash }
      const rows: Row[] = []
      for (const event of events) {
        const next = chainLine(end, event)
        rows.push(rowOf(node, next.line, JSON.parse(next.line)))
        end = next.end
      }
      const added = await insertRows(trx, rows)
      if (added.size !== rows.length) throw new Error('an event with this id is in the database already')
      await writeEnd(trx, node, end)
    })
  })
  return { name: 'database', write: (event) => commits.add(event), close: () => commits.settled() }
}
