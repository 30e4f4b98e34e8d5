import { readFileSync } from 'node:fs'
import pg from 'pg'
import type { PostgresServer } from './url.ts'

export interface ConnectionOptions {
  /** How many ask at once. */
  readonly max: number
  /** Milliseconds after which a question that has no answer is given up, and its connection with it. */
  readonly patience: number
  /** Sent when a connection is opened. A pooler between us and the server may refuse to hand such through. */
  readonly settings?: {
    readonly statement_timeout?: number
    readonly lock_timeout?: number
    readonly idle_in_transaction_session_timeout?: number
  }
  /** Hears of a connection that broke while nobody used it; the next question opens another. */
  readonly lost: (error: Error) => void
}

/** A question, by a name under which the server keeps its plan, or without. */
export type Question = string | { readonly name: string; readonly text: string }

// biome-ignore lint/suspicious/noExplicitAny: what a row holds is known to whoever asked
type Answer = pg.QueryResult<any>

export interface PostgresConnections {
  connect(): Promise<{
    query(question: Question, parameters?: readonly unknown[]): Promise<Answer>
    release(destroy?: boolean): void
  }>
  end(): Promise<void>
}

const int8 = 20

/** Counts and times are bigint there; all are far below 2^53. */
const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === int8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
}

/** See `connectPostgres`. */
export function connections(
  { ca, ...server }: PostgresServer,
  { max, patience, settings, lost }: ConnectionOptions,
): PostgresConnections {
  const ssl = server.ssl && { ...server.ssl, ...(ca !== undefined && { ca: readFileSync(ca, 'utf8') }) }
  const pool = new pg.Pool({
    ...server,
    ...settings,
    ...(ssl && { ssl }),
    connectionTimeoutMillis: 5000,
    query_timeout: patience,
    types,
    max,
    keepAlive: true,
    allowExitOnIdle: true,
    application_name: 'rolebridge',
  })
  pool.on('error', lost)
  // The server's last word may come with its first, before whoever asked for the connection can listen.
  pool.on('connect', (client) => client.on('error', () => {}))
  return discarding(pool)
}

/**
 * A pool whose connections are closed when a question had no answer of the server: nobody may be at the other end, and no
 * packet says so. Given to the next one who asks, each would cost them the time limit again.
 */
function discarding(pool: pg.Pool): PostgresConnections {
  return {
    connect: async () => {
      const client = await pool.connect()
      let lost: Error | undefined
      // A connection that breaks says so here as well as to the question; unheard that would end the process.
      const breaks = (error: Error) => {
        lost ??= error
      }
      client.on('error', breaks)
      return {
        query: async (question, parameters = []) => {
          if (lost) throw lost
          try {
            const values = [...parameters]
            return await client.query(
              typeof question === 'string' ? { text: question, values } : { ...question, values },
            )
          } catch (error) {
            if (!(error instanceof pg.DatabaseError) || endsConnection(error)) breaks(error as Error)
            throw error
          }
        },
        release: (destroy) => {
          client.release(destroy === true || lost !== undefined)
          client.off('error', breaks)
        },
      }
    },
    end: () => pool.end(),
  }
}

/** The server says that it goes (57P…), or that it is none to write to: the next connection may find the one that is. */
function endsConnection({ code }: pg.DatabaseError): boolean {
  return code === '25006' || code?.startsWith('57P') === true
}
