import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { createReviewDesk } from '../../src/bridge/review/create-desk.ts'
import { createRuns } from '../../src/bridge/review/runs.ts'
import { createTally } from '../../src/bridge/tally.ts'
import type { Session } from '../../src/core/index.ts'
import { policyOf } from '../policy/fixtures.ts'

const auditor = {
  id: 'a bearer session id',
  kind: 'browser',
  identity: {
    provider: 'okta',
    protocol: 'saml',
    issuer: 'https://idp.corp.example',
    user: 'carol',
    nameId: 'carol',
    attributes: { groups: ['security'] },
    authnInstant: 0,
    mfa: false,
  },
  createdAt: 0,
  expiresAt: 0,
  client: { address: '192.0.2.1', userAgent: '' },
} as const satisfies Session

/** Nobody comes to the end of them. */
async function* endless(): AsyncGenerator<never> {
  await new Promise(() => {})
}

const context = { channel: 'api', requestId: 'r-1', sourceIp: '192.0.2.1', userAgent: '' } as const
const rules = [{ id: 'all', match: { user: '.*' }, grant: { role: 'arn:aws:iam::111122223333:role/All' } }]

/** A desk over people who were seen; `values` tells of them. */
function deskOver(values: () => AsyncIterable<unknown>, clock = () => 0, more: object = {}) {
  const events = { emit: async () => {}, ready: async () => {}, close: async () => {} }
  return createReviewDesk({
    ...{ policy: policyOf(rules, { auditors: { groups: ['^security$'] } }), events, clock },
    seen: { values, get: async (ref: string) => seenAs(ref) } as never,
    locks: { holds: async () => false } as never,
    lookups: async () => {},
    walks: createTally({ clock, events }).walks,
    reviews: { get: async () => undefined } as never,
    reviewed: { configuration: 'one', rules: new Map(), accountNames: [], due: () => [] },
    history: undefined,
    ...more,
  })
}

const seenAs = (user: string) => ({
  identity: { ...auditor.identity, user, nameId: user },
  ...{ client: auditor.client, firstSeen: 0, lastSeen: 1e15, kind: 'browser' },
})

test('whoever takes a review away that is not made yet is asked to come again', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    const taken = deskOver(endless).take(auditor, { days: 90 }, 'csv', context)
    // Whether they may is asked first.
    for (let turns = 0; turns < 10; turns++) await Promise.resolve()
    mock.timers.tick(20_000)
    await assert.rejects(taken, { code: 'review_under_way', retryAfter: 5 })
  } finally {
    mock.timers.reset()
  }
})

test('a review comes to its end though each walk takes longer than results are read', async () => {
  let now = 0
  const waiting: (() => void)[] = []
  const desk = deskOver(
    async function* () {
      // Twenty minutes, during which somebody asks.
      for (let step = 0; step < 30; step++) await new Promise<void>((go) => waiting.push(go))
      yield seenAs('alice')
    },
    () => now,
  )
  for (let asked = 0; asked < 300; asked++) {
    const answer = await desk.look(auditor, { days: 90, role: 'All' }, { limit: 10, patience: 0 }, context)
    if (answer.state === 'done') return assert.equal(answer.review.people[0]?.user, 'alice')
    now += 40_000
    for (const go of waiting.splice(0)) go()
    await setImmediate()
  }
  assert.fail('it is under way for ever')
})

test('it says how far it is, and of how many', async () => {
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  let walks = 0
  const desk = deskOver(async function* () {
    walks += 1
    for (const user of ['a', 'b', 'c', 'd']) {
      if (walks === 2 && user === 'c') await held
      yield seenAs(user)
    }
  })
  const look = (patience: number) => desk.look(auditor, { days: 90 }, { limit: 10, patience }, context)
  await look(0)
  for (let turns = 0; turns < 20; turns++) await setImmediate()
  assert.deepEqual(await look(0), { state: 'under_way', people: 2, of: 4 })
  release()
  const answer = await look(20_000)
  assert.equal(answer.state === 'done' && answer.review.totals.people, 4)
  assert.equal(walks, 2, 'they were counted once and looked at once')
})

test('a work may tell how far it is, and fail, before it waits for anything', async () => {
  const run = createRuns<string>(() => 0)
  const wanted = (key: string) => ({ configuration: 'one', key })
  const told = await run(
    wanted('told'),
    async (tell) => {
      tell({ people: 1, of: 1 })
      return 'made'
    },
    20_000,
  )
  assert.deepEqual(told, { state: 'done', value: 'made' })
  const broken = () => {
    throw new Error('broken')
  }
  for (let tries = 0; tries < 3; tries++)
    await assert.rejects(run(wanted('broken'), broken, 20_000), /broken/)
})

test('a reload of the same configuration goes on with the review, and one of another begins anew', async () => {
  let walks = 0
  const values = async function* () {
    walks += 1
    yield seenAs('alice')
  }
  const events = { emit: async () => {} }
  const walksOf = createTally({ clock: () => 0, events }).walks
  const look = (configuration: string) =>
    deskOver(values, () => 0, {
      walks: walksOf,
      reviewed: { configuration, rules: new Map(), accountNames: [], due: () => [] },
    }).look(auditor, { days: 90 }, { limit: 10, patience: 20_000 }, context)
  await look('one')
  await look('one')
  assert.equal(walks, 2, 'counted and looked at')
  await look('two')
  assert.equal(walks, 4)
})

test('an export gives way to other requests, and counts as a question about people', async () => {
  const users = Array.from({ length: 40 }, (_, n) => `user-${n}`)
  let lookups = 0
  const desk = deskOver(
    async function* () {
      for (const user of users) yield seenAs(user)
    },
    () => 0,
    {
      lookups: async () => {
        lookups += 1
      },
    },
  )
  const { lines } = await desk.take(auditor, { days: 90 }, 'csv', context)
  let [others, open] = [0, true]
  const beside = (async () => {
    while (open) {
      await setImmediate()
      others += 1
    }
  })()
  let count = 0
  for await (const _ of lines) count += 1
  open = false
  await beside
  assert.equal(count, users.length)
  assert.ok(others > 10, `others had ${others} turns`)
  assert.equal(lookups, 1)
  await desk.look(auditor, { days: 90 }, { limit: 10, patience: 20_000 }, context)
  assert.equal(lookups, 2)
})
