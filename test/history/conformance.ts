import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Event } from '../../src/events/index.ts'
import { createHistory, type HistoryFilter, type OpenHistory } from '../../src/history/index.ts'
import { auditFile, handOut, start } from './samples.ts'

async function gather<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

const year = 365 * 86_400

/** What every kind of history does. `place` names a database that nobody used before. */
export function historyConformance(place: () => Promise<string>): void {
  const open: OpenHistory[] = []
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rolebridge-history-'))
  })
  after(async () => {
    await Promise.all(open.map((history) => history.close()))
    await rm(folder, { recursive: true, force: true })
  })

  let files = 0
  /** A history of these events. */
  async function historyOf(
    events: readonly Event[],
    given: { database?: string; node?: string; now?: number; retention?: number } = {},
  ) {
    const file = join(folder, `audit-${files++}.jsonl`)
    const trail = auditFile(file)
    await trail.add(events)
    const warnings: string[] = []
    const settings = {
      database: given.database ?? (await place()),
      retention: given.retention ?? year,
      node: given.node ?? 'bridge-1',
      file,
    }
    const reopen = async () => {
      const history = await createHistory(settings, {
        clock: () => given.now ?? start,
        random: randomBytes,
        warn: (message) => void warnings.push(message),
      })
      open.push(history)
      await history.caughtUp(20_000)
      return history
    }
    return { history: await reopen(), trail, file, warnings, settings, reopen }
  }

  const idsOf = (found: readonly { record: { id: string } }[]) => found.map(({ record }) => record.id)
  const idsFor = async (history: OpenHistory, filter: HistoryFilter) =>
    idsOf((await history.search(filter, { limit: 500 })).records)

  test('each filter finds what it names and nothing else', async () => {
    const other = {
      user: 'bob',
      nameId: 'bob-1',
      idp: 'other',
      protocol: 'openid',
      issuer: 'https://other.example',
      roleArn: 'arn:aws:iam::444455556666:role/Read',
      accountId: '444455556666',
      rule: 'readers',
      type: 'credentials_refused',
      code: 'not_entitled',
      detail: 'no rule opens “this” role 100%',
      sessionId: 'session-2',
      sourceIp: '2001:db8::1',
    }
    const { history } = await historyOf([handOut(1), handOut(2, other), handOut(3)])
    const asked: HistoryFilter[] = [
      { user: 'bob' },
      { nameId: 'bob-1' },
      { idp: 'other' },
      { protocol: 'openid' },
      { issuer: 'https://other.example' },
      { person: { user: 'bob', protocol: 'openid', issuer: 'https://other.example', provider: 'other' } },
      { role: 'arn:aws:iam::444455556666:role/Read' },
      { account: '444455556666' },
      { rule: 'readers' },
      { type: 'credentials_refused' },
      { type: ['credentials_refused', 'sign_in'] },
      { outcome: 'refused' },
      { code: 'not_entitled' },
      { requestId: 'request-2' },
      { session: 'session-2' },
      { address: '2001:db8::1' },
      { accessKeyId: 'ASIA0000000000000002' },
      { id: 'event-2' },
      { since: start + 120_000, until: start + 180_000 },
      { text: 'NO RULE opens “this” role 100%' },
      { user: 'bob', role: 'arn:aws:iam::444455556666:role/Read', outcome: 'refused', text: 'opens' },
    ]
    for (const filter of asked)
      assert.deepEqual(await idsFor(history, filter), ['event-2'], JSON.stringify(filter))
    for (const filter of [
      { user: 'Bob' },
      { text: 'role 1_0' },
      { user: 'bob', outcome: 'ok' },
      { node: 'bridge-2' },
      { person: { user: 'bob', protocol: 'saml', issuer: 'https://other.example', provider: 'other' } },
    ] satisfies HistoryFilter[])
      assert.deepEqual(await idsFor(history, filter), [], JSON.stringify(filter))
  })

  test('nobody hides a record by what they call themselves or their program', async () => {
    const odd = ['\\u0000', '\\\\u0000', '\\ud800', 'a%_\\', '\u{1F600}'.repeat(300)]
    const { history, warnings } = await historyOf(
      odd.map((text, index) => handOut(index, { userAgent: text, user: `somebody ${text}` })),
    )
    assert.deepEqual(warnings, [])
    assert.equal((await idsFor(history, { idp: 'corp', text: 'SOMEBODY' })).length, odd.length)
    for (const [index, text] of odd.entries())
      assert.deepEqual(await idsFor(history, { user: `somebody ${text}` }), [`event-${index}`], text)
  })

  test('a line that no database can hold as text is passed over, and every question goes on being answered', async () => {
    const { history, warnings } = await historyOf([
      handOut(1, { idp: 'nul\0' }),
      handOut(2, { idp: 'half\ud800' }),
      handOut(3),
    ])
    assert.match(warnings.join('\n'), /cannot be read and was passed over/)
    assert.deepEqual(await idsFor(history, { idp: 'corp' }), ['event-3'])
  })

  test('a question for what no record can hold is none of a database that is away', async () => {
    const { history } = await historyOf([handOut(1)])
    for (const name of ['user', 'idp', 'id', 'node', 'type', 'text', 'session'] as const) {
      await assert.rejects(idsFor(history, { [name]: 'alice\0' }), { code: 'invalid_request' }, name)
      assert.deepEqual(await idsFor(history, { [name]: 'alice\ud800' }), [], name)
    }
    await assert.rejects(history.neighbours('\0'), { code: 'invalid_request' })
  })

  test('a record of a version that named no protocol is found for the person of its identity provider', async () => {
    const { history } = await historyOf([handOut(1, { protocol: undefined })])
    const person = {
      user: 'alice',
      protocol: 'saml',
      issuer: 'https://idp.corp.example',
      provider: 'corp',
    } as const
    assert.deepEqual(await idsFor(history, { person }), ['event-1'])
    assert.deepEqual(await idsFor(history, { person: { ...person, provider: 'other' } }), [])
  })

  test('everything that is named must hold, and whoever is of that name elsewhere is somebody else', async () => {
    const approved = { type: 'request_approved', user: 'bob', person: 'alice' }
    const { history } = await historyOf([
      handOut(1),
      handOut(2, { roleArn: 'arn:aws:iam::111122223333:role/Read', rule: 'readers' }),
      handOut(3, { issuer: 'https://other.example' }),
      handOut(4, { user: 'bob', nameId: 'bob-1' }),
      handOut(5, { ...approved, personRef: 'ref-1' }),
      handOut(6, { ...approved, personRef: 'ref-2' }),
    ])
    const role = 'arn:aws:iam::111122223333:role/Admin'
    assert.deepEqual(await idsFor(history, { user: 'alice', role }), ['event-3', 'event-1'])
    assert.deepEqual(await idsFor(history, { user: 'alice', role, rule: 'readers' }), [])
    assert.deepEqual(await idsFor(history, { user: 'bob', role, type: 'credentials_issued' }), ['event-4'])
    const person = {
      user: 'alice',
      protocol: 'saml',
      issuer: 'https://other.example',
      provider: 'corp',
    } as const
    assert.deepEqual(await idsFor(history, { person }), ['event-3'])
    assert.deepEqual(await idsFor(history, { about: { user: 'alice', ref: 'ref-1' } }), ['event-5'])
    assert.deepEqual(await idsFor(history, { about: { user: 'alice' } }), ['event-6', 'event-5'])
  })

  test('pages follow each other without a hole or a repetition, also where many have one time', async () => {
    const events = Array.from({ length: 25 }, (_, index) =>
      handOut(index, { at: new Date(start + Math.floor(index / 10) * 1000).toISOString() }),
    )
    const { history } = await historyOf(events)
    for (const order of ['newest', 'oldest'] as const) {
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = await history.search({ user: 'alice' }, { limit: 4, cursor, order })
        seen.push(...idsOf(page.records))
        cursor = page.next
      } while (cursor)
      const expected = events.map(({ id }) => id)
      assert.deepEqual(seen, order === 'oldest' ? expected : expected.reverse())
    }
  })

  test('a record’s own cursor is a place from which pages are turned in either direction', async () => {
    const { history } = await historyOf(Array.from({ length: 5 }, (_, index) => handOut(index)))
    const { records } = await history.search({}, { limit: 5 })
    const cursor = records[2]?.cursor
    const older = await history.search({}, { limit: 5, cursor })
    const newer = await history.search({}, { limit: 5, cursor, order: 'oldest' })
    assert.deepEqual(idsOf(older.records), idsOf(records.slice(3)))
    assert.deepEqual(idsOf(newer.records), idsOf(records.slice(0, 2)).reverse())
  })

  test('a cursor tells nothing of how much there is, is the same for the same place, and is refused when it was changed', async () => {
    const { history } = await historyOf([handOut(1), handOut(2), handOut(3)])
    const { next } = await history.after(undefined, 2)
    assert.equal((await history.after(undefined, 2)).next, next)
    const { records } = await history.search({}, { limit: 2 })
    const older = (await history.search({}, { limit: 2 })).next
    for (const cursor of [next, older, ...records.map((found) => found.cursor)]) {
      const bytes = Buffer.from(String(cursor), 'base64url')
      assert.ok(bytes.length < 80)
      for (const told of [String(start).slice(0, 6), '.2'])
        assert.ok(!bytes.includes(told) && !String(cursor).includes(told))
    }
    const bytes = Buffer.from(next, 'base64url')
    for (const index of [0, 13, bytes.length - 1]) {
      const changed = Buffer.from(bytes)
      changed[index] = (changed[index] ?? 0) ^ 1
      await assert.rejects(history.after(changed.toString('base64url'), 2), /invalid_request.*was changed/)
    }
  })

  test('a question that is none is refused and says why', async () => {
    const { history } = await historyOf([handOut(1), handOut(2)])
    const { next = '' } = await history.after(undefined, 1)
    const { next: oldest } = await history.search({}, { limit: 1, order: 'oldest' })
    const { history: another } = await historyOf([handOut(1)])
    const page = (filter: object, options: object = {}) => history.search(filter, { limit: 10, ...options })
    await assert.rejects(page({ usr: 'alice' }), /invalid_request.*“usr” is no filter/)
    await assert.rejects(page({ user: '' }), /invalid_request.*“user”/)
    await assert.rejects(page({ since: Number.NaN }), /invalid_request.*“since”/)
    await assert.rejects(page({ outcome: 'maybe' }), /invalid_request.*“outcome”/)
    await assert.rejects(page({ constructor: 'x' }), /invalid_request.*“constructor”/)
    await assert.rejects(page({}, { limit: 501 }), /invalid_request.*limit/)
    await assert.rejects(page({}, { cursor: 'x' }), /invalid_request.*cursor/)
    await assert.rejects(page({}, { cursor: oldest }), /invalid_request.*another kind/)
    await assert.rejects(another.after(next, 1), /invalid_request.*history that is gone/)
  })

  test('a follower gets each record once and in order, and asks on when there is nothing', async () => {
    const { history, trail } = await historyOf([handOut(1), handOut(2), handOut(3)])
    const first = await history.after(undefined, 2)
    assert.deepEqual(idsOf(first.records), ['event-1', 'event-2'])
    const second = await history.after(first.next, 2)
    assert.deepEqual(idsOf(second.records), ['event-3'])
    const nothing = await history.after(second.next, 2)
    assert.deepEqual([nothing.records.length, nothing.next], [0, second.next])
    await trail.add([handOut(4), handOut(5, { user: 'bob' })])
    await history.caughtUp(20_000)
    assert.deepEqual(idsOf((await history.after(nothing.next, 9, { user: 'bob' })).records), ['event-5'])
  })

  test('everything can be read to its end, in both directions', async () => {
    const events = Array.from({ length: 1203 }, (_, index) => handOut(index))
    const { history } = await historyOf(events)
    for (const order of ['oldest', 'newest'] as const) {
      const seen: string[] = []
      for await (const { record } of history.stream({ user: 'alice' }, order)) seen.push(record.id)
      assert.equal(seen.length, 1203)
      assert.equal(seen[0], order === 'oldest' ? 'event-0' : 'event-1202')
    }
  })

  test('the neighbours of an event are what happened in its session', async () => {
    const elsewhere = { sessionId: 'session-2' }
    const { history } = await historyOf([
      handOut(1),
      handOut(2, elsewhere),
      handOut(3),
      handOut(4, elsewhere),
    ])
    assert.deepEqual(idsOf(await history.neighbours('event-3')), ['event-1', 'event-3'])
    assert.deepEqual(await history.neighbours('unknown'), [])
  })

  test('who took what last is known by person, role and rule, and counted once however often it is read', async () => {
    const { history, settings, reopen } = await historyOf([
      handOut(1),
      handOut(2),
      handOut(3, { user: 'bob', nameId: 'bob-1', type: 'console_link_issued' }),
      handOut(4, { type: 'credentials_refused', code: 'aws_refused' }),
      handOut(5, { roleArn: 'arn:aws:iam::111122223333:role/Read', rule: 'readers' }),
    ])
    const all = await gather(history.uses())
    const alice = await gather(history.uses({ user: 'alice', role: 'arn:aws:iam::111122223333:role/Admin' }))
    assert.equal(all.length, 3)
    assert.deepEqual(
      (await gather(history.uses({ nameId: 'bob-1' }))).map(({ user }) => user),
      ['bob'],
    )
    assert.deepEqual(alice, [
      {
        ...{
          user: 'alice',
          idp: 'corp',
          protocol: 'saml',
          issuer: 'https://idp.corp.example',
          nameId: 'alice-1',
        },
        ...{ role: 'arn:aws:iam::111122223333:role/Admin', account: '111122223333', rule: 'admins' },
        ...{ first: start + 60_000, last: start + 120_000, count: 2 },
      },
    ])
    assert.deepEqual(await history.lastUse('rule'), [
      { name: 'readers', first: start + 300_000, last: start + 300_000, count: 1, people: 1 },
      { name: 'admins', first: start + 60_000, last: start + 180_000, count: 3, people: 2 },
    ])
    await history.close()
    const again = await reopen()
    assert.equal(settings.node, 'bridge-1')
    assert.equal((await again.lastUse('rule'))[1]?.count, 3)
  })

  test('events are counted by hour, of everybody and of one', async () => {
    const { history } = await historyOf([
      handOut(0),
      handOut(59),
      handOut(60, { type: 'credentials_refused', code: 'not_entitled' }),
      handOut(61, { user: 'bob' }),
    ])
    const hour = (index: number) => start + index * 3_600_000
    const everybody = await history.perHour({ since: hour(0), until: hour(2) })
    assert.deepEqual(everybody.hours.length, 3)
    assert.deepEqual((await history.perHour({ user: 'alice' })).hours, [
      { at: hour(0), type: 'credentials_issued', count: 2 },
      { at: hour(1), type: 'credentials_refused', code: 'not_entitled', count: 1 },
    ])
    assert.deepEqual((await history.perHour({ since: hour(0) + 1, until: hour(1) })).hours, [
      { at: hour(0), type: 'credentials_issued', count: 1 },
    ])
  })

  test('it says what it holds and how far behind it is', async () => {
    const { history } = await historyOf([handOut(1), handOut(7)])
    const { kind: _, ...state } = await history.state()
    assert.deepEqual(state, {
      ...{ node: 'bridge-1', records: 2, oldest: start + 60_000, newest: start + 420_000 },
      ...{ gaps: [], nodes: [{ node: 'bridge-1', seq: 2 }], lag: { bytes: 0 } },
    })
  })
}
