import type { AuditRecord } from '../../bridge.ts'

/** The fields of a record, whatever its type; a record of another version may lack or have any. */
export function fieldsOf(record: AuditRecord): Readonly<Record<string, unknown>> {
  return record as unknown as Readonly<Record<string, unknown>>
}

/** A field that is a text. */
export function textOf(record: AuditRecord, name: string): string | undefined {
  const value = fieldsOf(record)[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** `refused`: what has a code, as the filter of this name has it. */
export type Outcome = 'ok' | 'refused'

/** Whether what a record tells of happened or was refused. */
export function outcomeOf(record: AuditRecord): Outcome {
  return fieldsOf(record).code === undefined ? 'ok' : 'refused'
}

const faults = new Set(['warning', 'refresh_reuse_detected', 'metadata_failed', 'config_refused'])

/** It went wrong, or was refused. */
export function isFailure(record: AuditRecord): boolean {
  return faults.has(record.type) || outcomeOf(record) === 'refused'
}

/** Nobody had to allow what happened: it went as it should, and around what usually guards. */
export function isBreakGlass(record: AuditRecord): boolean {
  return fieldsOf(record).breakGlass === true
}

/** Somebody should look at it. */
export function isAlarm(record: AuditRecord): boolean {
  return faults.has(record.type) || isBreakGlass(record)
}
