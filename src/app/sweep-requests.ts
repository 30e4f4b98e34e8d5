import type { Bridge } from '../bridge.ts'
import type { Log } from '../events/index.ts'

/** Milliseconds between two looks: what has run out opens nothing in any case, it is only told then. */
const pause = 10_000

/** Tells of requests that have run out, without anybody looking. Returns what stops it. */
export function sweepRequests(requests: Bridge['requests'], log: Log): () => void {
  if (!requests.offered) return () => {}
  let busy = false
  const look = async () => {
    if (busy) return
    busy = true
    await requests
      .sweep()
      .catch((error: unknown) =>
        log.warn('requests that have run out were not told of', { detail: String(error) }),
      )
    busy = false
  }
  const timer = setInterval(() => void look(), pause)
  timer.unref()
  return () => clearInterval(timer)
}
