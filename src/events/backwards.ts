import type { FileHandle } from 'node:fs/promises'

const chunkSize = 64 * 1024
const longestLine = 1024 * 1024
const newline = 0x0a

/** A line without its newline. */
export interface Line {
  readonly bytes: Buffer
  /** Where it starts in the file. */
  readonly at: number
  /** False for what follows the file's last newline: a write that was cut off. */
  readonly complete: boolean
}

/** The lines of the first `size` bytes of a file, the last one first, reading no more than is asked for. */
export async function* linesBackwards(handle: FileHandle, size: number): AsyncGenerator<Line> {
  let position = size
  let pending: Buffer = Buffer.alloc(0)
  let complete = false
  while (position > 0) {
    const length = Math.min(chunkSize, position)
    position -= length
    let text = Buffer.concat([await readExactly(handle, position, length), pending])
    for (let at = text.lastIndexOf(newline); at >= 0; at = text.lastIndexOf(newline)) {
      const bytes = text.subarray(at + 1)
      if (complete || bytes.length > 0) yield { bytes, at: position + at + 1, complete }
      complete = true
      text = text.subarray(0, at)
    }
    if (text.length > longestLine) throw new Error('a line of the audit file is too long')
    pending = text
  }
  if (complete || pending.length > 0) yield { bytes: pending, at: 0, complete }
}

async function readExactly(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  let done = 0
  while (done < length) {
    const { bytesRead } = await handle.read(buffer, done, length - done, position + done)
    if (bytesRead === 0) throw new Error('the audit file became shorter while it was read')
    done += bytesRead
  }
  return buffer
}
