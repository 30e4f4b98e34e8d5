import type { Sink } from '../event.ts'

/**
 * A sink that answers within `limit` milliseconds: a write that takes longer counts as failed, and until it ends the
 * next ones fail at once instead of queueing behind it. Such a write may still arrive: then the trail tells of
 * something that was refused, never the other way round.
 */
export function withTimeLimit(sink: Sink, limit: number): Sink {
  let overdue = 0
  const timed = (work: Promise<void>) =>
    new Promise<void>((resolve, reject) => {
      let late = false
      const timer = setTimeout(() => {
        late = true
        overdue += 1
        reject(new Error(`it did not take an event within ${limit / 1000} s`))
      }, limit)
      const settle = () => {
        clearTimeout(timer)
        if (late) overdue -= 1
      }
      work.finally(settle).then(resolve, reject)
    })
  return {
    name: sink.name,
    write: async (event) => {
      if (overdue > 0) throw new Error('it has not taken an earlier event yet')
      await timed(sink.write(event))
    },
    close: async () => {
      const closing = sink.close()
      if (overdue > 0) return void closing.catch(() => {})
      await timed(closing)
    },
  }
}
