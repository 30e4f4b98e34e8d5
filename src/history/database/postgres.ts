import { readFileSync } from 'node:fs'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Random } from '../../core/index.ts'
import { migrate } from './migrations.ts'
import { readPostgresUrl } from './postgres-url.ts'
import type { Database, Tables } from './tables.ts'

/** Milliseconds. A transaction that stands still holds the lock by which all nodes write: it is ended by the server. */
const limits = {
  connectionTimeoutMillis: 5000,
  statement_timeout: 8000,
  query_timeout: 9000,
  lock_timeout: 8000,
  idle_in_transaction_session_timeout: 9000,
} as const

const int8 = 20

/** Counts and times are bigint there; all are far below 2^53. */
const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === int8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
}

/** Connects to the server and resolves when it answers. Rejects with a sentence that holds no password. */
export async function openPostgres(
  url: string,
  { random, warn }: { readonly random: Random; readonly warn: (message: string) => void },
): Promise<Database> {
  const { ca, ...server } = readPostgresUrl(url)
  const pool = new pg.Pool({
    ...server,
    ...limits,
    ...(server.ssl && { ssl: { ...server.ssl, ...(ca !== undefined && { ca: readFileSync(ca, 'utf8') }) } }),
    types,
    max: 4,
    keepAlive: true,
    allowExitOnIdle: true,
    application_name: 'rolebridge',
  })
  // Of a connection that nobody uses at the moment; the next question opens another.
  pool.on('error', (error) => warn(`a connection to the history was lost: ${error.message}`))
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  try {
    const epoch = await migrate(db, 'postgres', random)
    return { kind: 'postgres', db, epoch, close: () => db.destroy() }
  } catch (error) {
    await db.destroy()
    const reason =
      error instanceof Error ? error.message || String((error as { code?: string }).code) : String(error)
    throw new Error(`the history at ${server.host}:${server.port} cannot be used: ${reason}`, {
      cause: error,
    })
  }
}
