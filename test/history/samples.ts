import { appendFile } from 'node:fs/promises'
import { chainLine, type Event, genesis } from '../../src/events/index.ts'

export const start = Date.UTC(2026, 2, 2, 8)

/** A hand-out, `index` minutes after the start; what is given replaces its fields. */
export function handOut(index: number, fields: Readonly<Record<string, unknown>> = {}): Event {
  return {
    id: `event-${index}`,
    at: new Date(start + index * 60_000).toISOString(),
    type: 'credentials_issued',
    requestId: `request-${index}`,
    sourceIp: '192.0.2.1',
    userAgent: 'aws-cli/2',
    channel: 'cli',
    user: 'alice',
    idp: 'corp',
    protocol: 'saml',
    issuer: 'https://idp.corp.example',
    nameId: 'alice-1',
    sessionId: 'session-1',
    roleArn: 'arn:aws:iam::111122223333:role/Admin',
    accountId: '111122223333',
    rule: 'admins',
    duration: 3600,
    accessKeyId: `ASIA${String(index).padStart(16, '0')}`,
    principalArn: 'arn:aws:sts::111122223333:assumed-role/Admin/alice',
    expiresAt: new Date(start + index * 60_000 + 3_600_000).toISOString(),
    reused: false,
    ...fields,
  } as unknown as Event
}

/** An audit file that a test writes, in one chain over as many files as it likes. */
export function auditFile(path: string) {
  let end = genesis
  return {
    /** Appends events; `to` may be another file of the same chain. */
    async add(events: readonly Event[], to = path) {
      const lines: string[] = []
      for (const event of events) {
        const next = chainLine(end, event)
        lines.push(`${next.line}\n`)
        end = next.end
      }
      await appendFile(to, lines.join(''), { mode: 0o600 })
    },
    /** Events that were written, and lost. */
    skip(events: readonly Event[]) {
      for (const event of events) ({ end } = chainLine(end, event))
    },
    end: () => end,
  }
}
