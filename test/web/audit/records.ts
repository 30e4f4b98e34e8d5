import { randomBytes } from 'node:crypto'
import type { AuditRecord } from '../../../src/bridge.ts'
import { type NewEvent, sessionRef } from '../../../src/events/index.ts'

const circumstances = {
  requestId: 'bPp3Zg0yqTtYw1kX',
  sourceIp: '192.0.2.7',
  userAgent: 'Mozilla/5.0',
  channel: 'portal',
} as const

const person = {
  user: 'alice@corp.example',
  idp: 'okta',
  protocol: 'saml',
  issuer: 'https://idp.corp.example',
  nameId: 'alice',
  sessionId: sessionRef('a bearer session id'),
} as const

const handedOut = {
  roleArn: 'arn:aws:iam::111122223333:role/team/Admin',
  accountId: '111122223333',
  rule: 'admins',
  via: 'assume-role-with-saml',
  duration: 3600,
  accessKeyId: 'ASIAEXAMPLE',
  principalArn: 'arn:aws:sts::111122223333:assumed-role/Admin/alice',
  expiresAt: '2026-01-05T10:00:00.000Z',
} as const

const until = '2026-01-05T18:00:00.000Z'
const approver = { ...person, user: 'lena@corp.example', nameId: 'lena' } as const
const access = {
  request: 'abcde-fghij',
  person: 'alice@corp.example',
  personIdp: 'okta',
  roleArn: handedOut.roleArn,
  accountId: handedOut.accountId,
  accountName: 'production',
  rule: 'admin-on-request',
  reason: 'INC-1 the disk is full',
} as const

let count = 0

/** A record as the trail has it. */
export function record(event: NewEvent): AuditRecord {
  count += 1
  const id = randomBytes(12).toString('base64url')
  return { seq: count, prev: '0'.repeat(64), id, at: '2026-01-05T09:00:00.000Z', ...event } as AuditRecord
}

/** One event of each type that has a shape of its own. */
export const events = {
  sign_in: { type: 'sign_in', ...circumstances, ...person, kind: 'browser', mfa: true },
  sign_in_refused: {
    type: 'sign_in_refused',
    ...circumstances,
    idp: 'okta',
    code: 'audience_mismatch',
    detail: 'the audience is urn:other',
  },
  credentials_issued: {
    type: 'credentials_issued',
    ...circumstances,
    ...person,
    ...handedOut,
    reused: false,
  },
  credentials_refused: {
    type: 'credentials_refused',
    ...circumstances,
    ...person,
    code: 'not_entitled',
    detail: 'no rule gives it',
  },
  console_link_issued: { type: 'console_link_issued', ...circumstances, ...person, ...handedOut },
  sign_out: { type: 'sign_out', ...circumstances, ...person, reason: 'user' },
  session_revoked: {
    type: 'session_revoked',
    ...circumstances,
    ...person,
    kind: 'cli',
    reason: 'revoked',
  },
  refresh_reuse_detected: {
    type: 'refresh_reuse_detected',
    ...circumstances,
    sessionId: person.sessionId,
    client: 'rolebridge 1.0',
  },
  person_locked: {
    type: 'person_locked',
    ...circumstances,
    ...person,
    person: 'bob',
    reason: 'left',
    people: 1,
  },
  access_requested: { type: 'access_requested', ...circumstances, ...person, ...access, needed: 2, until },
  access_approved: {
    ...{ type: 'access_approved', ...circumstances, ...approver, ...access },
    ...{ approvals: 1, needed: 2, until },
  },
  access_denied: { type: 'access_denied', ...circumstances, ...approver, ...access, because: 'not today' },
  access_withdrawn: { type: 'access_withdrawn', ...circumstances, ...person, ...access },
  access_expired: { type: 'access_expired', ...access, waitedFor: 'activation' },
  access_activated: {
    ...{ type: 'access_activated', ...circumstances, ...person, ...access },
    ...{ breakGlass: true, until },
  },
  access_ended: { type: 'access_ended', ...access, by: 'time' },
  server_started: { type: 'server_started', version: '1.0.0', baseUrl: 'https://aws.corp.example' },
  config_refused: { type: 'config_refused', file: 'rolebridge.yaml', trigger: 'signal', faults: ['no'] },
  metadata_failed: { type: 'metadata_failed', idp: 'okta', source: 'https://idp', detail: 'no answer' },
  warning: { type: 'warning', message: 'the audit trail cannot be written' },
} as const satisfies Partial<{ [K in NewEvent['type']]: NewEvent<K> }>
