import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import type { Store } from '../../src/core/index.ts'
import { createReminders, type Once, requestSchemas } from '../../src/requests/index.ts'
import { createCollections, openStore } from '../../src/store/index.ts'
import { startRedis } from '../store/redis-server.ts'

let redis: Awaited<ReturnType<typeof startRedis>>
let stores: Store[] = []
let nodes: Once[] = []
let now = Date.parse('2026-03-02T08:00:00Z')
const clock = () => now

/** Nodes that have just started on the Redis that they share. */
async function start(): Promise<void> {
  for (const store of stores) await store.close()
  stores = await Promise.all([1, 2].map(() => openStore(`redis://127.0.0.1:${redis.port}`, { clock })))
  nodes = stores.map((store) => {
    const collection = createCollections(store, ['x'.repeat(40)], randomBytes)
    return createReminders(
      { reminders: collection('access-reminder', requestSchemas.reminder) },
      { clock, random: randomBytes },
    )
  })
}
before(async () => {
  redis = await startRedis()
  await start()
})
after(async () => {
  for (const store of stores) await store.close()
  await redis?.stop()
})

/** Every node tries ten times at once; how often it was done. */
async function done(name: string): Promise<number> {
  let count = 0
  const all = nodes.flatMap((once) =>
    Array.from({ length: 10 }, () =>
      once(name, async () => {
        count += 1
      }),
    ),
  )
  await Promise.all(all)
  return count
}

test('of two nodes that look ten times each one does it, also after both have started anew', async () => {
  assert.equal(await done('slack 2026-03-02'), 1)
  await start()
  now += 7_100_000
  assert.equal(await done('slack 2026-03-02'), 0)
  assert.equal(await done('teams 2026-03-02'), 1)
  assert.equal(await done('slack 2026-03-03'), 1)
})

test('what a node began and never did, or could not, another does a minute later, and not before', async () => {
  for (const [name, fail] of [
    ['slack 2026-03-04', () => new Promise<void>(() => {})],
    ['slack 2026-03-05', () => Promise.reject(new Error('the trail is full'))],
  ] as const) {
    const [dying] = nodes
    assert.ok(dying)
    await new Promise<void>((begun) => {
      dying(name, () => {
        begun()
        return fail()
      }).catch(() => {})
    })
    assert.equal(await done(name), 0)
    now += 61_000
    assert.equal(await done(name), 1)
    now += 61_000
    assert.equal(await done(name), 0)
  }
})
