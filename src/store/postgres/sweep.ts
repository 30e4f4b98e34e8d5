import type { Clock } from '../../core/index.ts'
import type { Ask } from './asking.ts'
import { statements } from './statements.ts'

const batch = 500
const pauseMs = 10_000
/** A whole batch is followed by the next one soon. */
const busyPauseMs = 100
/** Clocks of several machines differ: a row goes this long after its expiry, which each of them has judged long before. */
const marginMs = 5 * 60_000

/** Removes expired rows in the background, 500 at most in one go. `sweep` removes all of them and returns how many. */
export function sweepInBatches(ask: Ask, clock: Clock) {
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()
  const step = async () => (await ask(statements.sweep, [clock() - marginMs, batch, marginMs])).length

  function schedule(pause: number): void {
    if (stopped) return
    timer = setTimeout(() => {
      running = step().then(
        (removed) => schedule(removed === batch ? busyPauseMs : pauseMs),
        () => schedule(pauseMs), // the verbs report a server that is away; the sweep only tidies
      )
    }, pause).unref()
  }

  schedule(pauseMs)
  return {
    async sweep(): Promise<number> {
      let removed = 0
      for (;;) {
        const more = await step()
        removed += more
        if (more < batch) return removed
      }
    },
    async stop(): Promise<void> {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}
