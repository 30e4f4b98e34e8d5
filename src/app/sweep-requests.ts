import type { Bridge } from '../bridge.ts'
import type { Config } from '../config.ts'
import type { Clock } from '../core/index.ts'
import { dueDay } from '../delivery/index.ts'
import type { Log } from '../events/index.ts'

/** Milliseconds between two looks: what has run out opens nothing in any case, it is only told then. */
const pause = 10_000

/** Tells of requests that have run out, and channels of those that wait, without anybody looking. Returns what stops it. */
export function sweepRequests(
  requests: Bridge['requests'],
  { notify, timeZone }: Pick<Config, 'notify' | 'timeZone'>,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): () => void {
  if (!requests.offered) return () => {}
  let busy = false
  const trying = (say: string, work: Promise<void>) =>
    work.catch((error: unknown) => log.warn(say, { detail: String(error) }))
  const look = async () => {
    if (busy) return
    busy = true
    await trying('requests that have run out were not told of', requests.sweep())
    for (const { name, digest } of notify) {
      const day = digest && dueDay(digest, timeZone, clock())
      if (day !== undefined) await trying(`${name} was not told what waits`, requests.remind(name, day))
    }
    busy = false
  }
  const timer = setInterval(() => void look(), pause)
  timer.unref()
  return () => clearInterval(timer)
}
