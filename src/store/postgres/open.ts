import { type Clock, Refusal, type Store } from '../../core/index.ts'
import { connectPostgres, postgresFault, readPostgresUrl } from '../../postgres/index.ts'
import { requireText, wholeMilliseconds } from '../entry.ts'
import { filedKey, filedRanges } from '../filing.ts'
import { pinging } from '../ping.ts'
import { type Ask, asking } from './asking.ts'
import { statements } from './statements.ts'
import { sweepInBatches } from './sweep.ts'
import { prepare } from './tables.ts'

/** Milliseconds. Longer than the five seconds for which a statement may wait for a row or for a connection. */
const patience = 6000
/** How many statements of one node run at once; the others take turns. */
const max = 10

/**
 * A store on PostgreSQL 13 or later, for any number of machines; also through a pooler that lends connections for a
 * transaction. Rejects within seconds when it cannot be used at the start, naming host and cause; later its verbs reject
 * while the server is away or takes no writes, and go on when there is one that does.
 */
export async function openPostgres(
  url: string,
  { clock, warn = () => {} }: { clock: Clock; warn?: (message: string) => void },
): Promise<Store & { sweep(): Promise<number> }> {
  const server = readPostgresUrl(url)
  const where = `${server.host}:${server.port}`
  const lost = (error: Error) => outage(`the connection to PostgreSQL at ${where} is lost: ${error.message}`)
  const outage = oncePerOutage(warn)
  const pool = await connectPostgres(server, { max, patience, lost })
  try {
    const first = await pool.connect()
    await prepare((text, parameters) => first.query(text, parameters), warn).finally(() => first.release())
  } catch (error) {
    await pool.end()
    throw new Error(`store: PostgreSQL at ${where} cannot be used: ${postgresFault(error)}`, { cause: error })
  }
  const asked = asking(pool)
  const ask: Ask = async (verb, parameters) => {
    try {
      const rows = await asked(verb, parameters)
      outage(undefined)
      return rows
    } catch (error) {
      throw new Refusal('store_unavailable', `PostgreSQL: ${postgresFault(error)}`, { cause: error })
    }
  }
  const sweeper = sweepInBatches(ask, clock)
  return {
    ...verbs(ask, clock),
    sweep: sweeper.sweep,
    close: async () => {
      await sweeper.stop()
      await pool.end()
    },
  }
}

/** Says that a connection was lost, once until something is answered again: a server that ends has many. */
function oncePerOutage(warn: (message: string) => void): (message: string | undefined) => void {
  let said = false
  return (message) => {
    if (message !== undefined && !said) warn(message)
    said = message !== undefined
  }
}

function verbs(ask: Ask, clock: Clock): Omit<Store, 'close'> {
  const put = (key: string, value: string, expiresAt?: number) =>
    ask(statements.put, [...filed(key), bytes(value), time(expiresAt)])
  return {
    get: async (key) => {
      const [row] = await ask(statements.get, [filedKey(named(key)), clock()])
      return row?.value?.toString()
    },
    put: async (key, value, expiresAt) => void (await put(key, value, expiresAt)),
    putIfAbsent: async (key, value, expiresAt) =>
      isOne(await ask(statements.putIfAbsent, [...filed(key), bytes(value), time(expiresAt), clock()])),
    take: async (key) => {
      const [row] = await ask(statements.take, [filedKey(named(key)), clock()])
      return row?.value?.toString()
    },
    swap: async (key, expected, next, expiresAt) =>
      isOne(
        await ask(statements.swap, [
          filedKey(named(key)),
          bytes(expected),
          bytes(next),
          time(expiresAt),
          clock(),
        ]),
      ),
    increment: async (key, expiresAt) => {
      const counter = [...filed(key), bytes('1'), time(expiresAt), clock()]
      const [row] = await ask(statements.increment, counter)
      if (!row?.value) throw new Error('this key holds a value that is no counter')
      return Number(row.value.toString())
    },
    scan: (prefix) => scan(ask, clock, prefix),
    ping: pinging((now) => put('ping', '', now), clock),
  }
}

const isOne = (rows: readonly unknown[]) => rows.length === 1

const bytes = (value: string): Buffer => {
  requireText(value, 'value')
  return Buffer.from(value)
}

const time = (expiresAt: number | undefined) =>
  expiresAt === undefined ? null : wholeMilliseconds(expiresAt)

function named(key: string): string {
  requireText(key, 'key')
  return key
}

/** The bytes a key is filed under, and the whole of it where those do not hold it. */
function filed(key: string): readonly [Buffer, Buffer | null] {
  const [place, whole] = [filedKey(named(key)), Buffer.from(key)]
  return [place, place.subarray(1).equals(whole) ? null : whole]
}

const pageSize = 256

/** Reads page by page, so that no connection is held while the caller works. */
async function* scan(ask: Ask, clock: Clock, prefix: string) {
  requireText(prefix, 'prefix')
  for (const { start, end } of filedRanges(prefix)) {
    let from = start
    for (;;) {
      const rows = await ask(statements.page, [from, end, pageSize])
      for (const { key, name, value, expires_at } of rows) {
        const whole = (name ?? key?.subarray(1))?.toString()
        const isLive = expires_at == null || expires_at > clock()
        if (whole?.startsWith(prefix) && value && isLive) yield [whole, value.toString()] as const
      }
      const last = rows.at(-1)?.key
      if (!last || rows.length < pageSize) break
      from = Buffer.concat([last, Buffer.from([0])]) // the next possible key
    }
  }
}
