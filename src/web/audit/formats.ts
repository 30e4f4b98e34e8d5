import { csv } from './csv.ts'
import type { RecordFormat } from './format.ts'
import { ndjson } from './ndjson.ts'
import { ocsf } from './ocsf.ts'

/** The ways to write many records down. A new one is a file beside this one and a name here. */
export const recordFormats: Readonly<Record<string, RecordFormat>> = { ndjson, csv, ocsf }

/** Media types that a program may ask for instead. */
export const acceptable: Readonly<Record<string, string>> = {
  'application/json': 'json',
  'application/x-ndjson': 'ndjson',
  'text/csv': 'csv',
}
