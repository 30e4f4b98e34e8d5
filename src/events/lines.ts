import type { FileHandle } from 'node:fs/promises'

const newline = 0x0a

/** A line without its newline. */
export interface WholeLine {
  readonly bytes: Buffer
  /** Where the next one starts in the file. */
  readonly end: number
  /** False for what follows the file's last newline: it is being written, or its writing was cut off. */
  readonly complete: boolean
}

/** A longer line is none of ours; it comes in pieces, so that nothing fills the memory. */
const longest = 1024 * 1024

/** The lines of an open file from a place on. */
export async function* linesFrom(handle: FileHandle, start = 0): AsyncGenerator<WholeLine> {
  let rest: Buffer[] = []
  let waiting = 0
  let end = start
  const chunks = handle.createReadStream({ start, autoClose: false }) as AsyncIterable<Buffer>
  const take = (last: Buffer, complete: boolean): WholeLine => {
    const bytes = Buffer.concat([...rest, last])
    rest = []
    waiting = 0
    return { bytes, end, complete }
  }
  for await (const chunk of chunks) {
    let from = 0
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
      end += waiting + at - from + 1
      yield take(chunk.subarray(from, at), true)
      from = at + 1
    }
    const left = chunk.subarray(from)
    if (waiting + left.length > longest) {
      end += waiting + left.length
      yield take(left, true)
    } else if (left.length > 0) {
      rest.push(left)
      waiting += left.length
    }
  }
  if (waiting > 0) yield take(Buffer.alloc(0), false)
}
