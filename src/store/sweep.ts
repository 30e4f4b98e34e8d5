import type { Clock } from '../core/index.ts'
import { committed } from './commit.ts'
import { isLive } from './entry.ts'
import { unpackFiled } from './filing.ts'
import { watchClock } from './steady.ts'

const batch = 500
const pauseMs = 2000
/** A batch that was mostly rubbish is followed by the next one soon. */
const busyPauseMs = 20

/** What the sweep needs of the database. */
interface Entries {
  getRange(range: {
    start?: Buffer
    limit: number
    versions: true
  }): Iterable<{ key: Buffer; value: string; version?: number }>
  remove(key: Buffer, version: number): Promise<boolean>
  resetReadTxn(): void
}

/**
 * Removes expired entries in the background, at most 500 looked at in one go, walking round the folder, while the
 * clock is steady. `sweep` walks it once from end to end and returns how many entries went.
 */
export function startSweeping(db: Entries, clock: Clock, monotonic: () => number) {
  const isSteady = watchClock(clock, monotonic)
  let position: Buffer | undefined
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()

  async function step(): Promise<number> {
    if (!isSteady()) return 0
    db.resetReadTxn()
    const from = position ? { start: Buffer.concat([position, Buffer.from([0])]) } : {}
    const entries = [...db.getRange({ ...from, limit: batch, versions: true })]
    position = entries.length < batch ? undefined : entries.at(-1)?.key
    const now = clock()
    const expired = entries.filter(({ value }) => !isLive(unpackFiled(value), now))
    // on condition of the version: somebody may have just renewed the entry
    const removed = await Promise.all(
      expired.map(({ key, version }) => committed(db.remove(key, version ?? -1))),
    )
    return removed.filter(Boolean).length
  }

  function schedule(pause: number): void {
    if (stopped) return
    timer = setTimeout(() => {
      running = step().then(
        (removed) => schedule(removed > batch / 4 ? busyPauseMs : pauseMs),
        () => schedule(pauseMs), // the verbs report a broken folder; the sweep only tidies
      )
    }, pause).unref()
  }

  schedule(pauseMs)
  return {
    async sweep(): Promise<number> {
      position = undefined
      let removed = 0
      do removed += await step()
      while (position !== undefined)
      return removed
    },
    async stop(): Promise<void> {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}
