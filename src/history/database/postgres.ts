import { Kysely, PostgresDialect, type PostgresPool, sql } from 'kysely'
import type { Random } from '../../core/index.ts'
import {
  type ConnectionOptions,
  connectPostgres,
  postgresFault,
  readPostgresUrl,
} from '../../postgres/index.ts'
import { keyIfCurrent, metaOf, migrate } from './migrations.ts'
import type { Database, Tables } from './tables.ts'

/** Milliseconds. A transaction that stands still holds the lock by which all nodes write: it is ended by the server. */
const limits = {
  patience: 9000,
  settings: {
    statement_timeout: 8000,
    lock_timeout: 8000,
    idle_in_transaction_session_timeout: 9000,
  },
} as const

/** Another index of ten million records takes minutes, and so does waiting for the node that makes it. */
const migrating = { patience: 3_600_000, settings: { idle_in_transaction_session_timeout: 9000 } } as const

/** How many ask at once; who writes takes turns with all other nodes anyway. */
const [askers, writers] = [4, 1]

/** The key of a database that is of our version; undefined where there is something to do. */
async function cursorKeyOf(db: Kysely<Tables>): Promise<string | undefined> {
  const { rows } = await sql<{ there: boolean }>`select to_regclass('meta') is not null as there`.execute(db)
  return rows[0]?.there ? keyIfCurrent(await metaOf(db)) : undefined
}

/** Connects to the server and resolves when it answers. Rejects with a sentence that holds no password. */
export async function openPostgres(
  url: string,
  { random, warn }: { readonly random: Random; readonly warn: (message: string) => void },
): Promise<Database> {
  const server = readPostgresUrl(url)
  const lost = (error: Error) => warn(`a connection to the history was lost: ${error.message}`)
  const connections = async (max: number, within: Omit<ConnectionOptions, 'max' | 'lost'> = limits) => {
    const pool = await connectPostgres(server, { ...within, max, lost })
    return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: pool as unknown as PostgresPool }) })
  }
  const [db, writer] = [await connections(askers), await connections(writers)]
  const close = async () => {
    await Promise.all([db.destroy(), writer.destroy()])
  }
  const migrator = await connections(1, migrating)
  try {
    // Whoever finds nothing to do waits no longer than for any other question.
    const cursorKey = (await cursorKeyOf(writer)) ?? (await migrate(migrator, 'postgres', { random, warn }))
    return { kind: 'postgres', db, writer, cursorKey, close }
  } catch (error) {
    await close()
    throw new Error(`the history at ${server.host}:${server.port} cannot be used: ${postgresFault(error)}`, {
      cause: error,
    })
  } finally {
    await migrator.destroy()
  }
}
