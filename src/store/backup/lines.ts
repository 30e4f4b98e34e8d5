import type { FileHandle } from 'node:fs/promises'

const chunk = 1 << 18
/** Bytes; no record comes near. */
const longest = 1 << 26

/** The lines of a file from its beginning, also of one that is read again; throws where one has no end. */
export async function* linesOf(handle: FileHandle): AsyncGenerator<string> {
  const buffer = Buffer.alloc(chunk)
  let [at, pending] = [0, Buffer.alloc(0)]
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, chunk, at)
    if (bytesRead === 0) break
    at += bytesRead
    pending = Buffer.concat([pending, buffer.subarray(0, bytesRead)])
    let start = 0
    for (let end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n', start)) {
      yield pending.toString('utf8', start, end)
      start = end + 1
    }
    pending = pending.subarray(start)
    if (pending.length > longest) throw new Error('a line is too long for a backup')
  }
  if (pending.length > 0) yield pending.toString('utf8')
}
