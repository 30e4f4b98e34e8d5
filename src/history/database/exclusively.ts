import { sql, type Transaction } from 'kysely'
import type { Database, Tables } from './tables.ts'

/** Of all advisory locks of a PostgreSQL database, ours; any number that nobody else is likely to have taken. */
const lock = 6_021_140_857

/**
 * A transaction beside which no other one of ours writes, of whichever node. Rows are numbered within it, so that they become
 * visible in the order of their numbers: a follower that has read up to one will never find a lower one later.
 * SQLite has one writer at a time anyway.
 */
export async function exclusively<T>(
  { writer, kind }: Pick<Database, 'writer' | 'kind'>,
  work: (trx: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  return writer.transaction().execute(async (trx) => {
    if (kind === 'postgres') await sql`select pg_advisory_xact_lock(${sql.lit(lock)})`.execute(trx)
    return work(trx)
  })
}
