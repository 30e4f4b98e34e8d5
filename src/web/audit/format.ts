import type { AuditRecord } from '../../bridge.ts'

/** A way to write many records down, one after the other, so that none has to wait for the last. */
export interface RecordFormat {
  readonly contentType: string
  /** Of a file that holds it. */
  readonly extension: string
  /** What stands before the first record. */
  readonly head: string
  /** One record with the end of its line. */
  line(record: AuditRecord): string
}
