import { readFileSync } from 'node:fs'
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely'
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

/** How many ask at once; who writes takes turns with all other nodes anyway. */
const [askers, writers] = [4, 1]

/** Connects to the server and resolves when it answers. Rejects with a sentence that holds no password. */
export async function openPostgres(
  url: string,
  { random, warn }: { readonly random: Random; readonly warn: (message: string) => void },
): Promise<Database> {
  const { ca, ...server } = readPostgresUrl(url)
  const ssl = server.ssl && { ...server.ssl, ...(ca !== undefined && { ca: readFileSync(ca, 'utf8') }) }
  const connections = (max: number) => {
    const pool = new pg.Pool({
      ...server,
      ...limits,
      ...(ssl && { ssl }),
      types,
      max,
      keepAlive: true,
      allowExitOnIdle: true,
      application_name: 'rolebridge',
    })
    // Of a connection that nobody uses at the moment; the next question opens another.
    pool.on('error', (error) => warn(`a connection to the history was lost: ${error.message}`))
    return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: discarding(pool) }) })
  }
  const [db, writer] = [connections(askers), connections(writers)]
  const close = async () => {
    await Promise.all([db.destroy(), writer.destroy()])
  }
  try {
    const epoch = await migrate(writer, 'postgres', random)
    return { kind: 'postgres', db, writer, epoch, close }
  } catch (error) {
    await close()
    const reason =
      error instanceof Error ? error.message || String((error as { code?: string }).code) : String(error)
    throw new Error(`the history at ${server.host}:${server.port} cannot be used: ${reason}`, {
      cause: error,
    })
  }
}

/**
 * A pool whose connections are closed when a question had no answer of the server: nobody may be at the other end, and no
 * packet says so. Given to the next one who asks, each would cost them the time limit again.
 */
function discarding(pool: pg.Pool): PostgresPool {
  return {
    connect: async () => {
      const client = await pool.connect()
      let lost: Error | undefined
      // A connection that breaks says so here as well as to the question; unheard that would end the process.
      const breaks = (error: Error) => {
        lost ??= error
      }
      client.on('error', breaks)
      const query = async (text: string, parameters: readonly unknown[]) => {
        if (lost) throw lost
        try {
          return await client.query(text, [...parameters])
        } catch (error) {
          if (!(error instanceof pg.DatabaseError)) breaks(error as Error)
          throw error
        }
      }
      const release = (destroy?: boolean) => {
        client.release(destroy === true || lost !== undefined)
        client.off('error', breaks)
      }
      return { query: query as unknown as PostgresPoolClient['query'], release }
    },
    end: () => pool.end(),
  }
}
