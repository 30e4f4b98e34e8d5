import type { Response } from 'express'
import type { ExportLine, Review, ReviewQuestion } from '../../bridge.ts'
import { sendDownload } from '../download.ts'
import { type ReviewFormatName, reviewFormats } from './formats.ts'

/** Writes a review as its lines come. */
export function sendReview(
  response: Response,
  name: ReviewFormatName,
  { review, lines }: { readonly review: Review; readonly lines: AsyncGenerator<ExportLine, void, undefined> },
  question: ReviewQuestion,
): Promise<void> {
  const { contentType, extension, head, line, foot } = reviewFormats[name]
  const download = {
    contentType,
    filename: `review-${new Date(review.at).toISOString().slice(0, 10)}.${extension}`,
    head: head({ review, question }),
    line: (one: ExportLine, index: number) => line(one, index, review.at),
    foot,
  }
  return sendDownload(response, download, lines)
}
