import { setTimeout as pause } from 'node:timers/promises'
import type { Clock, Random } from '../core/index.ts'
import type { Subscriber } from '../events/index.ts'
import { after, neighbours, stream } from './ask/after.ts'
import { search } from './ask/search.ts'
import { lastUse, perHour, uses } from './ask/uses.ts'
import { NewerHistory } from './database/migrations.ts'
import { Doorway, openDatabase, unavailable } from './database/open.ts'
import type { Database } from './database/tables.ts'
import { Follower } from './follow/follower.ts'
import type { Gap, History, HistoryState } from './history.ts'
import { keepFor } from './retention.ts'
import { databaseSink } from './sink.ts'
import { stateOf } from './state.ts'

export interface HistoryDeps {
  readonly clock: Clock
  readonly random: Random
  /** Hears of trouble that is nobody's fault who asks. */
  readonly warn: (message: string) => void
  /** Hears of numbers that are missing, once for each stretch. */
  readonly missed?: (gap: Gap) => void
  /** Called at each failure to take events in. */
  readonly failed?: () => void
}

export interface HistorySettings {
  /** `sqlite:FILE` or `postgres://…`. */
  readonly database: string
  /** Seconds. */
  readonly retention: number
  /** This bridge's name. */
  readonly node: string
  /** The audit file that is followed; none where the database itself is a sink of the events. */
  readonly file?: string
  /** Nothing happens that it does not hold, so there is no start without it. */
  readonly required?: boolean
  /** Another process of this machine follows the file and takes out what is old; what is asked here of that, it is asked. */
  readonly elsewhere?: Pick<History, 'lag' | 'caughtUp'>
}

/** A history that is open, with what the process needs of it. */
export interface OpenHistory extends History {
  /** Wakes it when something was written. */
  readonly subscriber: Subscriber
  /** The database as a sink of events, with a chain of its own for this node. */
  sink(): ReturnType<typeof databaseSink>
}

/**
 * Opens the history. A database that is away is no reason not to start: it is tried again. Rejects with a sentence when
 * it is there and cannot be used.
 */
export async function createHistory(settings: HistorySettings, deps: HistoryDeps): Promise<OpenHistory> {
  const { clock, failed = () => {}, missed = () => {} } = deps
  const { file, node } = settings
  const door = new Doorway(() => openDatabase(settings.database, deps))
  const ask = async <T>(question: (database: Database) => Promise<T>): Promise<T> => {
    try {
      return await question(await door.get())
    } catch (error) {
      throw unavailable(error)
    }
  }
  const follower =
    file === undefined || settings.elsewhere
      ? undefined
      : new Follower({ file, node, clock, failed, missed, warn: deps.warn, open: () => door.get() })
  const lag = settings.elsewhere?.lag ?? (async () => (await follower?.lag()) ?? { bytes: 0 })
  const stop = settings.elsewhere
    ? () => {}
    : keepFor(settings.retention, { clock, warn: deps.warn, open: () => door.get() })
  await door.get().catch(async (error: Error) => {
    if (settings.required !== true && !(error instanceof NewerHistory || error.cause instanceof NewerHistory))
      return
    await stop()
    await door.close()
    throw error
  })
  follower?.wake()
  return {
    search: (filter, options) => ask((database) => search(database, filter, options)),
    after: (cursor, limit, filter = {}) => ask((database) => after(database, cursor, limit, filter)),
    stream: (filter, order = 'oldest') => refusing(stream(() => door.get(), filter, order)),
    neighbours: (eventId) => ask((database) => neighbours(database, eventId)),
    uses: (filter = {}) => refusing(uses(() => door.get(), filter)),
    lastUse: (by) => ask((database) => lastUse(database, by)),
    perHour: (filter) => ask((database) => perHour(database, filter)),
    state: () =>
      ask(
        async (database): Promise<HistoryState> => ({ ...(await stateOf(database)), node, lag: await lag() }),
      ),
    lag,
    caughtUp: async (atMost) => {
      if (settings.elsewhere) return settings.elsewhere.caughtUp(atMost)
      const timer = new AbortController()
      const stands = await Promise.race([
        (follower?.settled() ?? Promise.resolve()).then(() => true),
        pause(atMost, false, { ref: false, signal: timer.signal }).catch(() => false),
      ])
      timer.abort()
      return stands && !follower?.failing
    },
    ready: () => ask(async ({ db }) => void (await db.selectFrom('meta').select('name').limit(1).execute())),
    subscriber: (_event, written) => {
      if (written) follower?.wake()
    },
    sink: () => databaseSink(() => door.get(), node),
    close: async () => {
      await stop()
      await follower?.close()
      await door.close()
    },
  }
}

/** A database that goes away between two pages is told as in any other answer. */
async function* refusing<T>(pages: AsyncGenerator<T, void, undefined>): AsyncGenerator<T, void, undefined> {
  try {
    yield* pages
  } catch (error) {
    throw unavailable(error)
  }
}
