import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { byFile } from '../../src/bridge/history/by-file.ts'
import { isOwn } from '../../src/bridge/history/own.ts'
import { createReads } from '../../src/bridge/history/reads.ts'
import { takeAll } from '../../src/bridge/history/take.ts'
import { createTakers } from '../../src/bridge/history/takers.ts'
import type { Session } from '../../src/core/index.ts'
import { type AuditRecord, sessionRef } from '../../src/events/index.ts'

const session = {
  id: 'a bearer session id',
  kind: 'browser',
  identity: {
    provider: 'okta',
    protocol: 'saml',
    issuer: 'https://idp.corp.example',
    user: 'alice',
    nameId: 'alice',
    attributes: {},
    authnInstant: 0,
    mfa: false,
  },
  createdAt: 0,
  expiresAt: 0,
  client: { address: '192.0.2.1', userAgent: '' },
} as const satisfies Session

const start = Date.parse('2026-01-05T09:00:00Z')

const record = (seq: number, fields: object = {}) =>
  ({
    seq,
    prev: '0'.repeat(64),
    id: `event-${seq}`,
    at: new Date(start + seq * 1000).toISOString(),
    type: 'sign_in',
    user: 'alice',
    idp: 'okta',
    protocol: 'saml',
    issuer: 'https://idp.corp.example',
    nameId: 'alice',
    sessionId: sessionRef(session.id),
    ...fields,
  }) as unknown as AuditRecord

describe('a record is one’s own', () => {
  test('by name, issuer and protocol together', () => {
    assert.ok(isOwn(session, record(1)))
    for (const other of [
      { user: 'bob' },
      { issuer: 'https://other.example' },
      { protocol: 'openid' },
      { protocol: undefined, idp: 'other' },
    ])
      assert.ok(!isOwn(session, record(1, other)), JSON.stringify(other))
    assert.ok(isOwn(session, record(1, { protocol: undefined })), 'written by a version that did not say')
  })

  test('and for a program that was let in for a role, of its session alone', () => {
    const program = { ...session, only: { role: 'Admin' } }
    assert.ok(isOwn(program, record(1)))
    assert.ok(!isOwn(program, record(1, { sessionId: sessionRef('another') })))
  })
})

describe('reads of others’ records', () => {
  test('are told once an hour for each filter, however often a follower asks', () => {
    let now = start
    const reads = createReads(() => now)
    const told = Array.from({ length: 720 }, () => {
      now += 5000
      return reads.first('a')
    })
    assert.equal(told.filter(Boolean).length, 1)
    now += 5000
    assert.ok(reads.first('a'))
    assert.ok(reads.first('b'))
  })

  test('are told again when the telling failed, and when much was asked since', () => {
    const reads = createReads(() => start)
    assert.ok(reads.first('a'))
    reads.forget('a')
    assert.ok(reads.first('a'))
    for (let index = 0; index < 5000; index++) reads.first(`other ${index}`)
    assert.ok(reads.first('a'))
  })
})

describe('an export', () => {
  /** A source that says how much was taken from it. */
  function sourceOf(count: number) {
    const source = { pulled: 0, closed: 0 }
    async function* records() {
      try {
        for (let index = 0; index < count; index++) {
          source.pulled += 1
          yield record(index)
        }
      } finally {
        source.closed += 1
      }
    }
    return { source, records: records() }
  }

  async function taking(count: number, wish: object = {}) {
    const { source, records } = sourceOf(count)
    const told: unknown[] = []
    const iterator = await takeAll({
      records,
      show: (one) => one,
      limit: undefined,
      free: () => void told.push('free'),
      begun: async () => void told.push('begun'),
      ended: async (...how) => void told.push(how),
      ...wish,
    })
    return { source, told, iterator }
  }

  test('takes from its source what its reader has taken, and one ahead', async () => {
    const { source, iterator, told } = await taking(1_000_000)
    assert.deepEqual([source.pulled, told], [1, ['begun']])
    for (let index = 0; index < 10; index++) await iterator.next()
    assert.equal(source.pulled, 11)
    await iterator.return?.()
    assert.equal(source.closed, 1)
    assert.deepEqual(told, ['begun', 'free', [10, false]])
  })

  test('is told when it ended, with how many there were; more often than once ended is ended once', async () => {
    const { iterator, told } = await taking(3)
    let count = 0
    for await (const _ of iterator) count += 1
    await iterator.return?.()
    assert.deepEqual([count, told], [3, ['begun', 'free', [3, true]]])
  })

  test('lets nothing out that its reader may not see, whatever the source brings', async () => {
    const { iterator } = await taking(10, {
      show: (one: AuditRecord) => (one.seq % 2 === 0 ? one : undefined),
    })
    const seen: number[] = []
    for await (const { seq } of iterator) seen.push(seq)
    assert.deepEqual(seen, [0, 2, 4, 6, 8])
  })

  test('gives nobody anything when it cannot be written down', async () => {
    const refused = taking(3, { begun: () => Promise.reject(new Error('the disk is full')) })
    await assert.rejects(refused, /the disk is full/)
  })

  test('ends at its limit without another look', async () => {
    const { iterator, source } = await taking(10, { limit: 2 })
    let count = 0
    for await (const _ of iterator) count += 1
    assert.deepEqual([count, source.pulled], [2, 2])
  })

  test('three of one person run at a time, and one that ended makes room', () => {
    const takers = createTakers()
    const ends = [1, 2, 3].map(() => takers.enter(session))
    assert.throws(() => takers.enter(session), /too_many_requests/)
    takers.enter({ ...session, identity: { ...session.identity, nameId: 'bob' } })
    ends[0]?.()
    takers.enter(session)
    assert.throws(() => takers.enter(session), /too_many_requests/)
  })
})

describe('without a database', () => {
  const file = (records: readonly AuditRecord[]) =>
    byFile(async function* ({ until = Number.POSITIVE_INFINITY, since = 0 }) {
      for (const one of records.toReversed())
        if (Date.parse(one.at) < until && Date.parse(one.at) >= since) yield one
      return undefined
    })

  test('the file answers each filter as the database would', async () => {
    const records = [
      record(1, { roleArn: 'arn:1', accountId: '1', rule: 'r', accessKeyId: 'ASIA1' }),
      record(2, { type: 'credentials_refused', code: 'not_entitled', detail: 'A "word" of it' }),
      record(3, { user: 'bob', sourceIp: '192.0.2.9', requestId: 'req', sessionId: 'sess', idp: 'x' }),
    ]
    const found = async (filter: object) =>
      (await file(records).search(filter, { limit: 10 })).records.map(({ seq }) => seq)
    assert.deepEqual(await found({}), [3, 2, 1])
    for (const filter of [
      { role: 'arn:1' },
      { account: '1' },
      { rule: 'r' },
      { accessKeyId: 'ASIA1' },
      { until: start + 1001 },
    ])
      assert.deepEqual(await found(filter), [1], JSON.stringify(filter))
    for (const filter of [
      { code: 'not_entitled' },
      { outcome: 'refused' },
      { type: ['credentials_refused', 'x'] },
      { text: 'a "WORD"' },
    ])
      assert.deepEqual(await found(filter), [2], JSON.stringify(filter))
    for (const filter of [
      { user: 'bob' },
      { address: '192.0.2.9' },
      { requestId: 'req' },
      { session: 'sess' },
      { id: 'event-3' },
      { idp: 'x' },
      { since: start + 3000 },
    ])
      assert.deepEqual(await found(filter), [3], JSON.stringify(filter))
    assert.deepEqual(await found({ person: { ...session.identity, user: 'bob', protocol: 'openid' } }), [])
  })

  test('pages follow each other without a hole or a repetition, also where many have one time', async () => {
    const records = Array.from({ length: 11 }, (_, seq) =>
      record(seq, { at: new Date(start + Math.floor(seq / 4) * 1000).toISOString() }),
    )
    const seen: number[] = []
    let before: string | undefined
    do {
      const page = await file(records).search({}, { limit: 3, before })
      seen.push(...page.records.map(({ seq }) => seq))
      before = page.older
    } while (before !== undefined)
    assert.deepEqual(seen, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
  })

  test('nobody follows a file, and a cursor of something else is refused', async () => {
    const source = file([])
    await assert.rejects(source.after({}, { limit: 1, cursor: undefined }), /no database/)
    await assert.rejects(source.search({}, { limit: 1, before: 'x' }), /none of the audit file/)
    await assert.rejects(source.search({}, { limit: 1, newer: 'x' }), /no database/)
  })
})
