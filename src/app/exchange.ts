import type { RequestListener } from 'node:http'
import type { Serving } from './serving.ts'

/** What serves now; another can take its place at any moment. */
export interface Exchange {
  readonly handler: RequestListener
  current(): Serving
  /** From here on every request is the next one's; those under way end on what they began with. */
  replace(next: Serving): void
  /** Ends all, whatever is under way. */
  close(): Promise<void>
}

interface Shift {
  readonly serving: Serving
  requests: number
  /** It was replaced. */
  over: boolean
}

/** Lets a request see one configuration, from its first byte to the last of its answer. */
export function createExchange(first: Serving): Exchange {
  first.begin()
  let now: Shift = { serving: first, requests: 0, over: false }
  const leaving = new Map<Shift, NodeJS.Timeout | undefined>()

  const close = async (shift: Shift): Promise<void> => {
    clearTimeout(leaving.get(shift))
    leaving.delete(shift)
    shift.serving.stop()
    await shift.serving.close()
  }

  // Who hung up may have left a call to STS under way, and what it buys is written down and kept: it gets its time.
  const closeWhenDone = (shift: Shift): void => {
    if (!shift.over || shift.requests > 0) return
    const timer = setTimeout(() => void close(shift).catch(() => {}), shift.serving.deadline)
    timer.unref()
    leaving.set(shift, timer)
  }

  return {
    handler: (request, response) => {
      const shift = now
      shift.requests += 1
      response.once('close', () => {
        shift.requests -= 1
        closeWhenDone(shift)
      })
      shift.serving.handler(request, response)
    },
    current: () => now.serving,
    replace(next) {
      const before = now
      now = { serving: next, requests: 0, over: false }
      next.begin()
      before.over = true
      before.serving.stop()
      leaving.set(before, undefined)
      closeWhenDone(before)
    },
    close: async () => {
      await Promise.allSettled([now, ...leaving.keys()].map(close))
    },
  }
}
