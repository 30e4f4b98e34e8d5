import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Response } from 'express'
import type { ExportLine, Review, ReviewQuestion } from '../../bridge.ts'
import { type ReviewFormatName, reviewFormats } from './formats.ts'

/** Characters that leave in one piece. */
const piece = 32 * 1024

/** Writes a review as its lines come. What breaks off in the middle ends the connection, so that nobody takes it for whole. */
export async function sendReview(
  response: Response,
  name: ReviewFormatName,
  taken: { readonly review: Review; readonly lines: AsyncGenerator<ExportLine, void, undefined> },
  question: ReviewQuestion,
): Promise<void> {
  const { contentType, extension } = reviewFormats[name]
  const day = new Date(taken.review.at).toISOString().slice(0, 10)
  response.set('Content-Type', contentType)
  response.set('Content-Disposition', `attachment; filename="review-${day}.${extension}"`)
  try {
    await pipeline(Readable.from(pieces(name, taken, question), { highWaterMark: 1 }), response)
  } catch {
    response.destroy()
  } finally {
    await taken.lines.return(undefined)
  }
}

async function* pieces(
  name: ReviewFormatName,
  { review, lines }: Parameters<typeof sendReview>[2],
  question: ReviewQuestion,
): AsyncGenerator<string> {
  const { head, line, foot } = reviewFormats[name]
  let text = head({ review, question })
  let index = 0
  for await (const one of lines) {
    text += line(one, index, review.at)
    index += 1
    if (text.length < piece) continue
    yield text
    text = ''
  }
  yield text + foot
}
