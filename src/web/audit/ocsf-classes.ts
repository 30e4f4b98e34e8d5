import type { AuditRecord } from '../../bridge.ts'
import { textOf } from './record.ts'

/** Which class of the framework a type of event is, and which of its activities. */
export interface OcsfClass {
  readonly kind: keyof typeof kinds
  readonly uid: number
  readonly category: number
  readonly activity: number
  readonly activityName?: string
  /** 1 informational, 2 low, 3 medium, 4 high. Default: 1. */
  readonly severity?: number
}

const kinds = {
  accountChange: { uid: 3001, category: 3 },
  authentication: { uid: 3002, category: 3 },
  authorizeSession: { uid: 3003, category: 3 },
  accessManagement: { uid: 3005, category: 3 },
  apiActivity: { uid: 6003, category: 6 },
  lifecycle: { uid: 6002, category: 6 },
  finding: { uid: 2004, category: 2 },
} as const

const other = 99
const row = (kind: keyof typeof kinds, activity: number, activityName?: string, severity?: number) => ({
  kind,
  ...kinds[kind],
  activity,
  ...(activityName !== undefined && { activityName }),
  ...(severity !== undefined && { severity }),
})

/** What has no row is an API activity of its person, or else something that happened to the program. */
const rows: Readonly<Record<string, OcsfClass>> = {
  sign_in: row('authentication', 1, 'Logon'),
  sign_in_refused: row('authentication', 1, 'Logon'),
  sign_out: row('authentication', 2, 'Logoff'),
  logout_refused: row('authentication', 2, 'Logoff'),
  session_revoked: row('authentication', 2, 'Logoff'),
  credentials_issued: row('authorizeSession', 1, 'Assign Privileges'),
  credentials_refused: row('authorizeSession', 1, 'Assign Privileges'),
  console_link_issued: row('authorizeSession', 1, 'Assign Privileges'),
  device_authorization_approved: row('authorizeSession', 1, 'Assign Privileges'),
  device_authorization_denied: row('authorizeSession', 1, 'Assign Privileges'),
  authorization_approved: row('authorizeSession', 1, 'Assign Privileges'),
  refresh_reuse_detected: row('finding', 1, 'Create', 4),
  person_locked: row('accountChange', 9, 'Lock'),
  person_unlocked: row('accountChange', 12, 'Unlock'),
  people_read: row('apiActivity', 2, 'Read'),
  access_requested: row('accessManagement', other, 'Request'),
  access_approved: row('accessManagement', other, 'Approve'),
  access_denied: row('accessManagement', other, 'Deny'),
  access_withdrawn: row('accessManagement', other, 'Withdraw'),
  access_expired: row('accessManagement', other, 'Expire'),
  access_waiting: row('accessManagement', other, 'Remind'),
  access_activated: row('accessManagement', 1, 'Assign Privileges'),
  access_ended: row('accessManagement', 2, 'Revoke Privileges'),
  audit_read: row('apiActivity', 2, 'Read'),
  audit_exported: row('apiActivity', 2, 'Read'),
  review_read: row('apiActivity', 2, 'Read'),
  review_exported: row('apiActivity', 2, 'Read'),
  config_loaded: row('lifecycle', 8, 'Update'),
  config_refused: row('lifecycle', 8, 'Update', 3),
  store_restored: row('lifecycle', other, 'Restore'),
  server_started: row('lifecycle', 3, 'Start'),
  server_stopped: row('lifecycle', 4, 'Stop'),
}

/** The class of a record. */
export function classOf(record: AuditRecord): OcsfClass {
  const known = Object.hasOwn(rows, record.type) ? rows[record.type] : undefined
  return known ?? row(textOf(record, 'user') === undefined ? 'lifecycle' : 'apiActivity', other, record.type)
}
