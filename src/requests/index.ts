/**
 * Access that others must allow. Owns: what a request is, through which states it goes, and that each step is taken once
 * on all nodes. Does not own: who may ask for what or allow it (`policy/`), who is told of it (`events/`).
 */
export { createLedgers, type Ledgers } from './ledgers.ts'
export { type RequestRecords, requestSchemas } from './records.ts'
export { createReminders, type Once } from './reminders.ts'
export type { Draft, Untold } from './request.ts'
export { type AccessRequest, keptFor, type State, standing } from './request.ts'
export { allOver, restoredUntil } from './restored.ts'
