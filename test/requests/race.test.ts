import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import type { Party, Store } from '../../src/core/index.ts'
import { createLedgers, type Draft, type Ledgers, requestSchemas } from '../../src/requests/index.ts'
import { createCollections, openStore } from '../../src/store/index.ts'
import { startRedis } from '../store/redis-server.ts'

let redis: Awaited<ReturnType<typeof startRedis>>
let stores: Store[] = []
let nodes: Ledgers[] = []
let now = Date.parse('2026-03-02T12:00:00Z')
before(async () => {
  redis = await startRedis()
  const clock = () => now
  stores = await Promise.all([1, 2].map(() => openStore(`redis://127.0.0.1:${redis.port}`, { clock })))
  nodes = stores.map((store) => {
    const collection = createCollections(store, ['x'.repeat(40)], randomBytes)
    const records = {
      ledgers: collection('access-ledger', requestSchemas.ledger),
      places: collection('access-place', requestSchemas.place),
      open: collection('access-open', requestSchemas.openList),
      reminders: collection('access-reminder', requestSchemas.reminder),
    }
    return createLedgers(records, { clock, random: randomBytes })
  })
})
after(async () => {
  for (const store of stores) await store.close()
  await redis?.stop()
})

const party = (user: string): Party => ({ key: user, user, idp: 'okta', names: [user] })
const told = async () => {}
const node = (index: number) => nodes[index % nodes.length] as Ledgers
const draft = (user: string): Draft => ({
  rule: 'r',
  roleArn: 'arn:aws:iam::111122223333:role/Admin',
  roleName: 'Admin',
  account: { id: '111122223333', name: 'production' },
  who: party(user),
  reason: 'INC-1',
  from: { sourceIp: '192.0.2.1', userAgent: '', channel: 'cli' },
  openFor: 3600,
  needed: 1,
})
const ask = async (user: string) =>
  (await node(0).ask(draft(user), { pendingFor: 3600, activateWithin: 3600 }, told)).request.id

test('of ten approvers on two nodes as many count as are needed, once each, and it is allowed once', async () => {
  for (const needed of [1, 3]) {
    const id = await ask(`sam-${needed}`)
    const events: string[] = []
    const race = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) =>
        node(index).approve(id, party(`lead-${index}`), { needed, activateWithin: 3600 }, async () => {
          events.push(`lead-${index}`)
        }),
      ),
    )
    const won = race.flatMap((one) => (one.status === 'fulfilled' ? [one.value.state] : []))
    assert.equal(won.length, needed)
    assert.equal(events.length, needed)
    assert.equal(won.filter((state) => state === 'approved').length, 1)
    const found = await node(1).find(id)
    assert.deepEqual([found?.state, found?.approvals.length], ['approved', needed])
  }
})

test('one approver who presses ten times on two nodes counts once; ten starts are one, and ten asks', async () => {
  const id = await ask('otto')
  const same = Array.from({ length: 10 }, (_, index) =>
    node(index).approve(id, party('lead'), { needed: 2, activateWithin: 3600 }, told),
  )
  assert.equal((await Promise.allSettled(same)).filter(({ status }) => status === 'fulfilled').length, 1)
  await node(1).approve(id, party('other'), { needed: 2, activateWithin: 3600 }, told)
  const starts = Array.from({ length: 10 }, (_, index) =>
    node(index).start(id, { needed: 2, openFor: 600 }, told),
  )
  assert.equal((await Promise.allSettled(starts)).filter(({ status }) => status === 'fulfilled').length, 1)
  const times = { pendingFor: 3600, activateWithin: 3600 }
  const asks = await Promise.all(
    Array.from({ length: 10 }, (_, index) => node(index).ask(draft('ina'), times, told)),
  )
  assert.equal(new Set(asks.map(({ request }) => request.id)).size, 1)
})

test('a node that dies before a step was written down opens nothing, and another takes the step later', async () => {
  const id = await ask('sue')
  const never = () => new Promise<void>(() => {})
  const reached = async (mark: () => Promise<boolean>) => {
    while (!(await mark())) await new Promise((done) => setImmediate(done))
  }
  const terms = { needed: 1, activateWithin: 3600 }
  void node(0).approve(id, party('lead'), terms, never)
  await reached(async () => (await node(1).find(id))?.approvals.length === 1)
  assert.equal((await node(1).find(id))?.state, 'requested')
  await assert.rejects(node(1).approve(id, party('other'), terms, told), { code: 'request_over' })
  now += 61_000
  assert.equal((await node(1).approve(id, party('other'), terms, told)).state, 'approved')
  void node(0).start(id, { needed: 1, openFor: 600 }, never)
  await reached(async () => (await node(1).find(id))?.starting !== undefined)
  assert.deepEqual((await node(1).access('sue')).opened, [])
  now += 61_000
  assert.equal((await node(1).start(id, { needed: 1, openFor: 600 }, told)).state, 'active')
  await assert.rejects(
    node(0).close(
      id,
      'ended',
      { party: party('sue') },
      () => ({ type: 'x' }),
      () => Promise.reject(new Error('full')),
    ),
  )
  assert.deepEqual((await node(1).access('sue')).opened, [])
  now += 61_000
  const heard: unknown[] = []
  const sweep = (index: number) =>
    node(index).sweep(
      (request) => ({ type: `over ${request.id}` }),
      async (event) => void heard.push(event),
    )
  await Promise.all([sweep(0), sweep(1)])
  const types = () => heard.map((event) => (event as { type: string }).type)
  assert.deepEqual(types(), ['x'])
  // What still lives, and what was told, is news to nobody; what runs out then is, once.
  const live = await ask('tom')
  for (const index of [0, 1]) await sweep(index)
  assert.deepEqual(types(), ['x'])
  assert.equal((await node(1).find(live))?.state, 'requested')
  now += 3_600_000
  await Promise.all([sweep(0), sweep(1)])
  for (const index of [0, 1]) await sweep(index)
  assert.equal(types().filter((type) => type === `over ${live}`).length, 1)
})
