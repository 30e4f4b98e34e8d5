import { closeSync, constants, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { Random } from '../../core/index.ts'
import { migrate } from './migrations.ts'
import type { Database, Tables } from './tables.ts'

/** How long another process (a rebuild) may hold the file, milliseconds. */
const patience = 10_000

/** `synchronous=normal`: what a power cut takes from the end is read from the audit file again. */
const pragmas = [
  'journal_mode=wal',
  'synchronous=normal',
  'cache_size=-65536',
  'mmap_size=0',
  'temp_store=memory',
  // What the retention takes out is gone from the file too.
  'secure_delete=on',
]

/** Opens the file, which only its owner may read, or makes it. Rejects with a sentence when it cannot be used. */
export async function openSqlite(
  path: string,
  deps: { readonly random: Random; readonly warn: (message: string) => void },
): Promise<Database> {
  makePrivate(path)
  const thread = await startThread(path)
  const db = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => driverOf(thread),
      createIntrospector: (kysely) => new SqliteIntrospector(kysely),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  })
  try {
    const cursorKey = await migrate(db, 'sqlite', deps)
    return { kind: 'sqlite', db, writer: db, cursorKey, close: () => db.destroy() }
  } catch (error) {
    await db.destroy()
    throw error
  }
}

/** Made before SQLite would make it: what lies beside it, the log of writes, gets the same mode. */
function makePrivate(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  closeSync(openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600))
}

interface Thread {
  run(sql: string, parameters: readonly unknown[]): Promise<{ rows: unknown[]; changes?: number }>
  end(): Promise<void>
}

async function startThread(path: string): Promise<Thread> {
  const worker = new Worker(new URL('./sqlite-worker.mjs', import.meta.url), {
    workerData: { path, timeout: patience, pragmas },
    execArgv: [],
  })
  worker.unref()
  const waiting = new Map<number, { resolve: (answer: never) => void; reject: (error: Error) => void }>()
  let ended: Error | undefined
  let next = 0
  const fail = (error: Error) => {
    ended ??= error
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  worker.on('error', (error) => fail(new Error(`the history ${path} cannot be used: ${error.message}`)))
  const gone = new Promise<void>((resolve) => {
    worker.on('exit', () => {
      fail(new Error(`the history ${path} is closed`))
      resolve()
    })
  })
  worker.on('message', ({ id, error, ...answer }) => {
    const caller = waiting.get(id)
    waiting.delete(id)
    if (waiting.size === 0) worker.unref()
    if (error === undefined) caller?.resolve(answer as never)
    else caller?.reject(new Error(error))
  })
  return {
    run: (sql, parameters) =>
      new Promise((resolve, reject) => {
        if (ended) return reject(ended)
        next += 1
        waiting.set(next, { resolve, reject })
        worker.ref()
        worker.postMessage({ id: next, sql, parameters })
      }),
    end: async () => {
      worker.ref()
      if (!ended) worker.postMessage({})
      await gone
    },
  }
}

/** One connection, taken in turns. */
function driverOf(thread: Thread): Driver {
  let last: Promise<void> = Promise.resolve()
  const release = new WeakMap<DatabaseConnection, () => void>()
  const run = (sql: string) => async (connection: DatabaseConnection) => {
    await connection.executeQuery(CompiledQuery.raw(sql))
  }
  return {
    init: async () => {},
    acquireConnection: async () => {
      const before = last
      let done = () => {}
      last = new Promise((resolve) => {
        done = resolve
      })
      await before
      const connection: DatabaseConnection = {
        executeQuery: async <R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> => {
          const { rows, changes } = await thread.run(sql, parameters)
          return {
            rows: rows as R[],
            ...(changes !== undefined && { numAffectedRows: BigInt(changes) }),
          }
        },
        streamQuery: () => {
          throw new TypeError('pages are read one by one')
        },
      }
      release.set(connection, done)
      return connection
    },
    beginTransaction: run('begin immediate'),
    commitTransaction: run('commit'),
    // What filled the disk has taken its transaction back already: that there is none left is not what went wrong.
    rollbackTransaction: (connection) =>
      run('rollback')(connection).catch((error: Error) => {
        if (!error.message.includes('no transaction is active')) throw error
      }),
    releaseConnection: async (connection) => release.get(connection)?.(),
    destroy: () => thread.end(),
  }
}
