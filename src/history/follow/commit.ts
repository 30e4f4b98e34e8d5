import type { Transaction } from 'kysely'
import type { ChainEnd } from '../../events/index.ts'
import { exclusively } from '../database/exclusively.ts'
import type { ChainTable, Database, Tables } from '../database/tables.ts'
import type { Gap } from '../history.ts'
import type { Batch } from './batch.ts'
import { insertRows } from './insert.ts'

/** How far the follower of a node is. */
export type Position = Omit<ChainTable, 'node'>

export const beginning: Position = { seq: 0, hash: '', file: '', place: 0 }

export async function readPosition(
  db: Database['db'] | Transaction<Tables>,
  node: string,
): Promise<Position> {
  const row = await db
    .selectFrom('chains')
    .select(['seq', 'hash', 'file', 'place'])
    .where('node', '=', node)
    .executeTakeFirst()
  return row ?? beginning
}

/**
 * Writes a batch and the place behind it as one, so that a process that dies between any two steps goes on where it was.
 * Rejects when somebody else moved the place meanwhile.
 */
export async function commitBatch(
  database: Database,
  node: string,
  before: Position,
  batch: Batch,
  read: { readonly file: string; readonly place: number },
): Promise<{ readonly position: Position; readonly restarted: boolean }> {
  return exclusively(database, async (trx) => {
    const now = await readPosition(trx, node)
    if (now.seq !== before.seq || now.hash !== before.hash || now.place !== before.place)
      throw new Error(
        `another process follows as node “${node}” too: give each bridge a name of its own (node: in the configuration)`,
      )
    const fresh = await insertRows(trx, batch.rows)
    const restarted = batch.again.some((id) => fresh.has(id))
    const { seq, hash } = restarted ? batch.last : batch.end
    const position = { seq, hash, ...read }
    await writePosition(trx, node, position)
    await addGaps(trx, batch.gaps)
    return { position, restarted }
  })
}

async function writePosition(trx: Transaction<Tables>, node: string, position: Position): Promise<void> {
  await trx
    .insertInto('chains')
    .values({ node, ...position })
    .onConflict((conflict) => conflict.column('node').doUpdateSet(position))
    .execute()
}

/** Moves the end of a chain that is written in the database itself. */
export async function writeEnd(
  trx: Transaction<Tables>,
  node: string,
  { seq, hash }: ChainEnd,
): Promise<void> {
  await writePosition(trx, node, { seq, hash, file: '', place: 0 })
}

async function addGaps(trx: Transaction<Tables>, gaps: readonly Gap[]): Promise<void> {
  if (gaps.length === 0) return
  await trx
    .insertInto('gaps')
    .values(gaps.map(({ node, from, to }) => ({ node, first_seq: from, last_seq: to })))
    .onConflict((conflict) => conflict.columns(['node', 'first_seq']).doNothing())
    .execute()
}

/** Takes numbers out of what is missing: they are there now. */
export async function closeGaps(trx: Transaction<Tables>, { node, from, to }: Gap): Promise<void> {
  const gaps = await trx
    .selectFrom('gaps')
    .selectAll()
    .where('node', '=', node)
    .where('first_seq', '<=', to)
    .where('last_seq', '>=', from)
    .execute()
  for (const { first_seq, last_seq } of gaps) {
    await trx.deleteFrom('gaps').where('node', '=', node).where('first_seq', '=', first_seq).execute()
    await addGaps(
      trx,
      [
        { node, from: first_seq, to: from - 1 },
        { node, from: to + 1, to: last_seq },
      ].filter((left) => left.from <= left.to),
    )
  }
}
