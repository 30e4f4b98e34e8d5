import type { RecordFormat } from './format.ts'

/** Each record as it is in the trail, one JSON object a line. */
export const ndjson: RecordFormat = {
  contentType: 'application/x-ndjson; charset=utf-8',
  extension: 'ndjson',
  head: '',
  line: (record) => `${JSON.stringify(record)}\n`,
}
