import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NewEvent } from '../../../src/events/index.ts'
import { sayRecord } from '../../../src/web/audit/say.ts'
import { events, record } from './records.ts'

test('a sentence says who answered whom, and does not say that nobody did when somebody has', () => {
  const say = (event: NewEvent) => sayRecord(record(event))
  const role = 'Admin in production'
  assert.equal(
    say(events.access_approved),
    `lena@corp.example allowed alice@corp.example ${role}, as one of 2`,
  )
  assert.equal(say(events.access_expired), `alice@corp.example did not open ${role} in time`)
  assert.equal(
    say({ ...events.access_expired, waitedFor: 'approval' as const }),
    `Nobody answered alice@corp.example in time about ${role}`,
  )
  assert.equal(say(events.access_ended), `${role} was shut again for alice@corp.example: the time was over`)
  const ended = { ...events.access_denied, type: 'access_ended', by: 'approver' } as const
  assert.equal(say(ended), `${role} was shut again for alice@corp.example by lena@corp.example`)
})
