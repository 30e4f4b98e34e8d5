import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Response } from 'express'

/** Characters that leave in one piece. */
const piece = 32 * 1024

/** A file that is written line by line, so that none has to wait for the last. */
interface Download<T> {
  readonly contentType: string
  readonly filename: string
  /** What stands before the first line. */
  readonly head: string
  /** One line with its end; `index` counts from 0. */
  line(one: T, index: number): string
  readonly foot?: string
}

/**
 * Writes a file as its lines come, and asks for more when the reader has taken what there is: a slow one costs patience and
 * no memory. One that goes away ends the search. What breaks off in the middle ends the connection, so that nobody takes
 * it for whole.
 */
export async function sendDownload<T>(
  response: Response,
  download: Download<T>,
  lines: AsyncIterableIterator<T>,
): Promise<void> {
  response.set('Content-Type', download.contentType)
  response.set('Content-Disposition', `attachment; filename="${download.filename}"`)
  try {
    await pipeline(Readable.from(pieces(download, lines), { highWaterMark: 1 }), response)
  } catch {
    // The reader is gone, or sees by the cut connection that this is not all.
    response.destroy()
  } finally {
    await lines.return?.()
  }
}

async function* pieces<T>(
  { head, line, foot = '' }: Download<T>,
  lines: AsyncIterable<T>,
): AsyncGenerator<string> {
  let text = head
  let index = 0
  for await (const one of lines) {
    text += line(one, index)
    index += 1
    if (text.length < piece) continue
    yield text
    text = ''
  }
  if (text + foot !== '') yield text + foot
}
