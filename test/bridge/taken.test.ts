import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Seen } from '../../src/bridge/people/seen.ts'
import { takenBy } from '../../src/bridge/people/taken.ts'
import { type Event, readAudit } from '../../src/events/index.ts'
import { createHistory, type OpenHistory } from '../../src/history/index.ts'
import { auditFile, handOut, start } from '../history/samples.ts'

const alice: Seen = {
  identity: {
    ...{ provider: 'corp', protocol: 'saml', issuer: 'https://idp.corp.example' },
    ...{ user: 'alice.new', nameId: 'alice-1', attributes: {}, authnInstant: 0, mfa: false },
  },
  ...{ firstSeen: start, lastSeen: start, kind: 'browser' },
  client: { address: '192.0.2.1', userAgent: '' },
}

let root: string
let count = 0
const open: OpenHistory[] = []
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'rolebridge-taken-'))
})
after(async () => {
  await Promise.all(open.map((history) => history.close()))
  await rm(root, { recursive: true, force: true })
})

/** A trail that holds these events, and a history beside it where one is asked for. */
async function trailOf(events: readonly Event[], from: 'history' | 'file') {
  const folder = join(root, String(count++))
  const file = `${folder}.jsonl`
  await auditFile(file).add(events)
  const trail = (filter: Parameters<typeof readAudit>[1]) => readAudit(file, filter)
  if (from === 'file') return { trail, history: undefined }
  const history = await createHistory(
    { database: `sqlite:${folder}.db`, retention: 400 * 86_400, node: 'bridge-1', file },
    { clock: () => start, random: randomBytes, warn: () => {} },
  )
  open.push(history)
  assert.equal(await history.caughtUp(60_000), true)
  return { trail, history }
}

const idsOf = (found: Awaited<ReturnType<typeof takenBy>>) => found?.taken.map(({ id }) => id)

for (const from of ['history', 'file'] as const)
  describe(`what somebody took, by the ${from}`, () => {
    test('is found under the name that they had before, and under none that was others’', async () => {
      const parts = await trailOf(
        [
          handOut(1),
          handOut(2, { nameId: 'another-1' }),
          handOut(3, { issuer: 'https://other.example' }),
          handOut(4, { protocol: 'openid' }),
          handOut(5, { type: 'sign_in' }),
          handOut(6, { user: 'alice.new' }),
          handOut(7, { user: 'alice.new', nameId: 'of-yesterday' }),
          handOut(8, { type: 'console_link_issued' }),
        ],
        from,
      )
      const found = await takenBy(parts, alice, start, 10)
      assert.deepEqual(idsOf(found), ['event-8', 'event-7', 'event-6', 'event-1'])
      assert.equal(found?.whole, true)
    })

    test('says when there was more than was asked for', async () => {
      const parts = await trailOf(
        [1, 2, 3].map((index) => handOut(index)),
        from,
      )
      const found = await takenBy(parts, alice, start, 2)
      assert.deepEqual([idsOf(found), found?.whole], [['event-3', 'event-2'], false])
      assert.equal((await takenBy(parts, alice, start, 3))?.whole, true)
    })

    test('a NameID of an earlier sign-in is theirs too', async () => {
      const parts = await trailOf([handOut(1, { nameId: 'alice-0', user: 'alice.old' })], from)
      assert.deepEqual(idsOf(await takenBy(parts, { ...alice, earlier: ['alice-0'] }, start, 9)), ['event-1'])
    })

    test('behind a long trail of others is found by a history; a file says that it was too long', async () => {
      const long = 'x'.repeat(256 * 1024)
      const others = Array.from({ length: 270 }, (_, index) =>
        handOut(index + 2, { user: 'bob', nameId: 'bob-1', purpose: long }),
      )
      const found = await takenBy(await trailOf([handOut(1), ...others], from), alice, start, 9)
      assert.deepEqual([idsOf(found), found?.whole], from === 'file' ? [[], false] : [['event-1'], true])
    })
  })

test('a history that does not answer leaves the file of this node, which may not be all', async () => {
  const parts = await trailOf([handOut(1)], 'history')
  await parts.history?.close()
  const found = await takenBy(parts, alice, start, 9)
  assert.deepEqual([idsOf(found), found?.whole], [['event-1'], false])
  assert.equal(await takenBy({ history: undefined, trail: undefined }, alice, start, 9), undefined)
})
