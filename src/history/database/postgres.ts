import { Kysely, PostgresDialect, type PostgresPool } from 'kysely'
import type { Random } from '../../core/index.ts'
import { connectPostgres, postgresFault, readPostgresUrl } from '../../postgres/index.ts'
import { migrate } from './migrations.ts'
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

/** How many ask at once; who writes takes turns with all other nodes anyway. */
const [askers, writers] = [4, 1]

/** Connects to the server and resolves when it answers. Rejects with a sentence that holds no password. */
export async function openPostgres(
  url: string,
  { random, warn }: { readonly random: Random; readonly warn: (message: string) => void },
): Promise<Database> {
  const server = readPostgresUrl(url)
  const lost = (error: Error) => warn(`a connection to the history was lost: ${error.message}`)
  const connections = async (max: number) => {
    const pool = await connectPostgres(server, { ...limits, max, lost })
    return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: pool as unknown as PostgresPool }) })
  }
  const [db, writer] = [await connections(askers), await connections(writers)]
  const close = async () => {
    await Promise.all([db.destroy(), writer.destroy()])
  }
  try {
    const epoch = await migrate(writer, 'postgres', random)
    return { kind: 'postgres', db, writer, epoch, close }
  } catch (error) {
    await close()
    throw new Error(`the history at ${server.host}:${server.port} cannot be used: ${postgresFault(error)}`, {
      cause: error,
    })
  }
}
