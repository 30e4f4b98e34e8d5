import type { Clock } from '../core/index.ts'
import type { Event, Subscriber } from './event.ts'
import { cleanText, isSecretName } from './guard.ts'
import { lineWriter } from './line-writer.ts'

export type Level = 'debug' | 'info' | 'warn' | 'error'
const levels = ['debug', 'info', 'warn', 'error'] as const satisfies Level[]

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

/** The operational log: for people who run the bridge, not the audit trail. */
export type Log = Readonly<Record<Level, (message: string, fields?: LogFields) => void>>

/**
 * A log that writes `level time message key=value` lines, or JSON lines. Fields named like a secret are shown as
 * `[hidden]`; controls in texts are escaped, so that nobody writes lines of their own.
 */
export function createLog({
  write = lineWriter(process.stderr),
  clock,
  json = false,
  level = 'info',
}: {
  /** False when the line was dropped. */
  write?: (line: string) => unknown
  clock: Clock
  json?: boolean
  level?: Level
}): Log {
  const format = json ? jsonLine : textLine
  let dropped = 0
  const put = (of: Level, message: string, fields: LogFields) =>
    write(`${format(of, new Date(clock()).toISOString(), cleanText(message, 2000), clean(fields))}\n`) !==
    false
  const at =
    (of: Level) =>
    (message: string, fields: LogFields = {}) => {
      if (levels.indexOf(of) < levels.indexOf(level)) return
      if (dropped > 0 && put('warn', 'lines of the log were dropped', { lines: dropped })) dropped = 0
      if (dropped > 0 || !put(of, message, fields)) dropped += 1
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

type Cleaned = readonly (readonly [string, string | number | boolean])[]

function clean(fields: LogFields): Cleaned {
  return Object.entries(fields).flatMap(([key, value]) => {
    if (value === undefined) return []
    if (isSecretName(key)) return [[key, '[hidden]'] as const]
    return [[key, typeof value === 'string' ? cleanText(value, 2048) : value] as const]
  })
}

function textLine(level: Level, time: string, message: string, fields: Cleaned): string {
  const pairs = fields.map(
    ([key, value]) => `${key}=${/^[\w:/.@,+-]+$/.test(`${value}`) ? value : JSON.stringify(value)}`,
  )
  return [level, time, message, ...pairs].join(' ')
}

function jsonLine(level: Level, time: string, message: string, fields: Cleaned): string {
  return JSON.stringify({ ...Object.fromEntries(fields), level, time, message })
}

/**
 * Tells the log of events that somebody who runs the bridge wants to see; `repeat: false` leaves out what they read in
 * the audit trail, because it goes to the same screen or collector.
 */
export function logEvents(log: Log, { repeat = true }: { readonly repeat?: boolean } = {}): Subscriber {
  return (event, written) => {
    if (written && !repeat) return
    const { type, id, at, ...fields } = event
    const flat = Object.fromEntries(Object.entries(fields).filter(([, value]) => typeof value !== 'object'))
    if (event.type === 'warning')
      return log.warn(event.message, { detail: event.detail, requestId: event.requestId })
    // Somebody went round those who would have to allow it: whoever runs the bridge shall see that.
    const level = 'breakGlass' in event && event.breakGlass ? 'warn' : levelOf[type]
    return log[level](type.replaceAll('_', ' '), flat as LogFields)
  }
}

const levelOf: Readonly<Record<Event['type'], Level>> = {
  sign_in: 'info',
  sign_in_refused: 'warn',
  logout_refused: 'warn',
  credentials_issued: 'info',
  credentials_refused: 'warn',
  console_link_issued: 'info',
  sign_out: 'info',
  device_authorization_approved: 'info',
  device_authorization_denied: 'info',
  authorization_approved: 'info',
  refresh_reuse_detected: 'warn',
  session_revoked: 'info',
  person_locked: 'warn',
  person_unlocked: 'warn',
  people_read: 'info',
  access_requested: 'info',
  access_approved: 'info',
  access_denied: 'info',
  access_withdrawn: 'info',
  access_expired: 'info',
  access_waiting: 'info',
  access_activated: 'info',
  access_ended: 'info',
  audit_read: 'info',
  audit_exported: 'info',
  review_read: 'info',
  review_exported: 'info',
  review_signed_off: 'info',
  config_loaded: 'info',
  config_refused: 'error',
  server_started: 'info',
  server_stopped: 'info',
  store_restored: 'warn',
  metadata_loaded: 'info',
  metadata_failed: 'warn',
  warning: 'warn',
}
