import { write } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { Event, Sink } from '../event.ts'
import { groupCommit } from './group-commit.ts'

/** Writes some of the bytes and resolves with how many; none when there is no room right now. */
export type Take = (bytes: Uint8Array) => Promise<number>

/**
 * One JSON object per line, for a log collector; an event counts when the system has taken its line. What fails may
 * work again (a collector that comes back to a named pipe, a disk with room again), so every event tries anew.
 */
export function openStdout(take: Take): Sink {
  let torn = false
  const commits = groupCommit(async (events: readonly Event[]) => {
    const lines = events.map((event) => `${JSON.stringify(event)}\n`).join('')
    const bytes = Buffer.from(torn ? `\n${lines}` : lines)
    let done = 0
    try {
      while (done < bytes.length) {
        const taken = await take(bytes.subarray(done))
        if (taken === 0) await pause(50, undefined, { ref: false })
        done += taken
      }
    } finally {
      // A line that broke off is ended before the next one.
      if (done > 0) torn = bytes[done - 1] !== 0x0a
    }
  })
  return {
    name: 'stdout',
    write: (event) => commits.add(event),
    close: () => commits.settled(),
  }
}

/**
 * Writes to a descriptor itself: a stream of Node's is over for good after its first error. `process.stdout.fd` has
 * made pipes non-blocking by being asked for, so that a reader who stands still holds up no thread.
 */
export function intoDescriptor(descriptor: number): Take {
  return (bytes) =>
    new Promise((resolve, reject) => {
      write(descriptor, bytes, (error, taken) => {
        if (error === null) resolve(taken)
        else if (error.code === 'EAGAIN') resolve(0)
        else reject(error)
      })
    })
}
