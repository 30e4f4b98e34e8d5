/**
 * Tell. Owns: what an event is, the audit trail and its sinks, the metrics and the log derived from events, and the
 * guard that keeps secrets out of all of them. Does not own: when something happens, nor who may read the trail.
 */
export { linesBackwards } from './backwards.ts'
export {
  type AuditRecord,
  type ChainEnd,
  chainLine,
  endAfter,
  genesis,
  hashLine,
  readLink,
} from './chain.ts'
export { createEvents, type Events } from './emit.ts'
export type {
  Event,
  EventType,
  NewEvent,
  Sink,
  Subscriber,
} from './event.ts'
export { personRef, type SessionRef, sessionRef } from './fields/person.ts'
export { cleanText } from './guard.ts'
export { linesFrom } from './lines.ts'
export { createLog, type Log, logEvents } from './log.ts'
export { createMetrics, type Followed, type Gathered, type Metrics } from './metrics.ts'
export { type AuditFilter, readAudit } from './read.ts'
export { groupCommit } from './sinks/group-commit.ts'
export { type AuditOptions, createAuditOptions, openSinks } from './sinks/index.ts'
export { tornFile } from './sinks/trail.ts'
export type { Timing } from './timings.ts'
export { type ChainPart, type ChainVerdict, firstNumber, verifyChain, verifyParts } from './verify.ts'
