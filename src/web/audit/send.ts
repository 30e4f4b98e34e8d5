import type { Response } from 'express'
import type { HistoryRecord } from '../../bridge.ts'
import { sendDownload } from '../download.ts'
import type { RecordFormat } from './format.ts'

/** Writes records as they come. */
export function sendRecords(
  response: Response,
  { contentType, extension, head, line }: RecordFormat,
  records: AsyncIterableIterator<HistoryRecord>,
  name: string,
): Promise<void> {
  return sendDownload(response, { contentType, filename: `${name}.${extension}`, head, line }, records)
}
