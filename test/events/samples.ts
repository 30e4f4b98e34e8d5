import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type NewEvent, sessionRef } from '../../src/events/index.ts'

export const alice = {
  user: 'alice@corp.example',
  idp: 'okta',
  issuer: 'https://idp.corp.example',
  nameId: 'alice',
  sessionId: sessionRef('a bearer session id'),
} as const

const request = {
  requestId: 'req-1',
  sourceIp: '192.0.2.7',
  userAgent: 'Mozilla/5.0',
  channel: 'portal',
} as const

export const issued: NewEvent<'credentials_issued'> = {
  type: 'credentials_issued',
  ...request,
  ...alice,
  roleArn: 'arn:aws:iam::111122223333:role/team/Admin',
  accountId: '111122223333',
  rule: 'by-group-name',
  via: 'assume-role-with-saml',
  duration: 3600,
  accessKeyId: 'ASIAEXAMPLE',
  principalArn: 'arn:aws:sts::111122223333:assumed-role/Admin/alice',
  expiresAt: '2025-06-15T13:00:00.000Z',
  reused: false,
}

export const signedIn: NewEvent<'sign_in'> = { type: 'sign_in', ...request, ...alice, mfa: true }

export const signInRefused: NewEvent<'sign_in_refused'> = {
  type: 'sign_in_refused',
  ...request,
  idp: 'okta',
  code: 'audience_mismatch',
  detail: 'the audience is urn:other',
}

const { roleArn, accountId } = issued

export const activated: NewEvent<'access_activated'> = {
  type: 'access_activated',
  ...request,
  ...alice,
  request: 'k3v9-7m2q',
  person: alice.user,
  personIdp: alice.idp,
  ...{ roleArn, accountId },
  accountName: 'production',
  rule: 'production-admin-on-request',
  reason: 'INC-42 the database is down',
  until: '2025-06-15T16:00:00.000Z',
}

/** A clock that a test moves, with the cryptographic randomness that the rooms take. */
export function deps(start = Date.parse('2025-06-15T12:00:00Z')) {
  let now = start
  return {
    clock: () => now,
    random: randomBytes,
    advance(ms: number) {
      now += ms
    },
  }
}

export async function scratch(): Promise<{ folder: string; clean: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'rolebridge-events-'))
  return { folder, clean: () => rm(folder, { recursive: true, force: true }) }
}

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of source) all.push(item)
  return all
}
