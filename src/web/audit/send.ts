import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Response } from 'express'
import type { HistoryRecord } from '../../bridge.ts'
import type { RecordFormat } from './format.ts'

/** Characters that leave in one piece. */
const piece = 32 * 1024

/**
 * Writes records as they come, and asks for more when the reader has taken what there is: a slow one costs patience and no
 * memory. One that goes away ends the search. What breaks off in the middle ends the connection, so that nobody takes
 * it for whole.
 */
export async function sendRecords(
  response: Response,
  { contentType, extension, head, line }: RecordFormat,
  records: AsyncIterableIterator<HistoryRecord>,
  name: string,
): Promise<void> {
  response.set('Content-Type', contentType)
  response.set('Content-Disposition', `attachment; filename="${name}.${extension}"`)
  try {
    await pipeline(Readable.from(pieces(head, line, records), { highWaterMark: 1 }), response)
  } catch {
    // The reader is gone, or sees by the cut connection that this is not all.
    response.destroy()
  } finally {
    await records.return?.()
  }
}

async function* pieces(
  head: string,
  line: RecordFormat['line'],
  records: AsyncIterable<HistoryRecord>,
): AsyncGenerator<string> {
  let text = head
  for await (const record of records) {
    text += line(record)
    if (text.length < piece) continue
    yield text
    text = ''
  }
  if (text !== '') yield text
}
