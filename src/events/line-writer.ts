import type { Writable } from 'node:stream'

/** What may wait for a reader who is slow, in bytes. */
const mostWaiting = 1_000_000

/**
 * Writes log lines to a stream whose reader may stand still or be gone: the log holds nothing up, fills no memory and
 * ends no process. False when a line was dropped.
 */
export function lineWriter(stream: Writable): (line: string) => boolean {
  stream.on('error', () => {}) // a closed pipe is told this way; without a listener it would end the process
  return (line) => {
    if (!stream.writable || stream.writableLength > mostWaiting) return false
    stream.write(line)
    return true
  }
}
