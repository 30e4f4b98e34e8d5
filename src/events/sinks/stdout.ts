import type { Writable } from 'node:stream'
import type { Sink } from '../event.ts'

/** One JSON object per line on a stream, for a log collector; an event counts when the stream has taken it. */
export function openStdout(stream: Writable): Sink {
  let broken: Error | undefined
  // a closed pipe is told by 'error' too: without a listener it would end the process instead of failing closed
  const onError = (error: Error) => {
    broken = error
  }
  stream.on('error', onError)
  return {
    name: 'stdout',
    write: (event) =>
      new Promise((resolve, reject) => {
        if (broken) return reject(broken)
        stream.write(`${JSON.stringify(event)}\n`, (error) => (error ? reject(error) : resolve()))
      }),
    close: async () => void stream.off('error', onError),
  }
}
