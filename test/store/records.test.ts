import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { z } from 'zod'
import type { Store } from '../../src/core/index.ts'
import { createCollections, openStore } from '../../src/store/index.ts'
import { fakeClock } from './conformance.ts'
import { startRedis } from './redis-server.ts'

/** Where a record lies. */
const at = (name: string, id: string) => `${name}:${createHash('sha256').update(id).digest('base64url')}`

const person = z.object({ name: z.string(), visits: z.number() })
const [oldSecret, newSecret] = ['an old secret of the operator', 'a new secret of the operator'] as const

/** On every kind of store. */
const kinds: Record<string, () => Promise<{ url: string; stop: () => Promise<void> }>> = {
  embedded: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rolebridge-records-'))
    return { url: `embedded:${folder}`, stop: () => rm(folder, { recursive: true, force: true }) }
  },
  redis: async () => {
    const { port, stop } = await startRedis()
    return { url: `redis://127.0.0.1:${port}`, stop }
  },
}

for (const [kind, start] of Object.entries(kinds))
  describe(`typed collections, ${kind}`, () => collections(start))

function collections(start: (typeof kinds)[string]) {
  const time = fakeClock()
  let stop: () => Promise<void>
  let store: Store
  before(async () => {
    const started = await start()
    stop = started.stop
    store = await openStore(started.url, time)
  })
  after(async () => {
    await store?.close()
    await stop?.()
  })
  const people = (name: string, secrets: readonly string[] = [newSecret], warnings: string[] = []) =>
    createCollections(store, secrets, randomBytes, { warn: (message) => warnings.push(message) })(
      name,
      person,
    )

  test('gives back what was put, until it expires', async () => {
    const all = people('plain')
    await all.put('1', { name: 'Zoë\n🦀', visits: 1 }, time.clock() + 1000)
    assert.deepEqual(await all.get('1'), { name: 'Zoë\n🦀', visits: 1 })
    assert.equal(await all.get('2'), undefined)
    assert.equal(await all.putIfAbsent('1', { name: 'x', visits: 0 }), false)
    time.advance(1000)
    assert.equal(await all.get('1'), undefined)
    assert.equal(await all.putIfAbsent('1', { name: 'x', visits: 0 }), true)
    assert.deepEqual(await all.take('1'), { name: 'x', visits: 0 })
    assert.equal(await all.take('1'), undefined)
  })

  test('lists its own records and no others', async () => {
    const [some, others] = [people('some'), people('some-more')]
    await some.put('a:b', { name: 'a', visits: 1 })
    await others.put('c', { name: 'c', visits: 2 })
    const listed = []
    for await (const value of some.values()) listed.push(value)
    assert.deepEqual(listed, [{ name: 'a', visits: 1 }])
  })

  test('nothing of a record can be read in the store', async () => {
    const all = people('secret')
    await all.put('1', { name: 'Confidential Person', visits: 7 })
    const raw = (await store.get(at('secret', '1'))) ?? ''
    assert.match(raw, /^1\.[\w-]{11}\.[\w-]+$/)
    const bytes = Buffer.from(raw.split('.')[2] ?? '', 'base64url')
    for (const part of ['Confidential', 'name', 'visits']) {
      assert.ok(!raw.includes(part) && !bytes.includes(part), part)
    }
    await all.put('1', { name: 'Confidential Person', visits: 7 })
    assert.notEqual(await store.get(at('secret', '1')), raw, 'the same record never looks the same twice')
  })

  test('a record moved to another key, or to another collection, is refused', async () => {
    const [all, others] = [people('moved'), people('moved-too')]
    await all.put('alice', { name: 'Alice', visits: 1 })
    const raw = (await store.get(at('moved', 'alice'))) ?? ''
    await store.put(at('moved', 'mallory'), raw)
    await store.put(at('moved-too', 'alice'), raw)
    await assert.rejects(all.get('mallory'), /“moved” was changed or moved/)
    await assert.rejects(others.get('alice'), /“moved-too” was changed or moved/)
  })

  test('a record with any byte changed is refused', async () => {
    const all = people('changed')
    await all.put('1', { name: 'Alice', visits: 1 })
    const [version, keyId, body] = ((await store.get(at('changed', '1'))) ?? '').split('.')
    const bytes = Buffer.from(body ?? '', 'base64url')
    for (const index of [0, 12, 20, bytes.length - 1]) {
      const bad = Buffer.from(bytes)
      bad[index] = (bad[index] ?? 0) ^ 1
      await store.put(at('changed', '1'), `${version}.${keyId}.${bad.toString('base64url')}`)
      await assert.rejects(all.get('1'), /was changed or moved/, `byte ${index}`)
    }
    for (const raw of ['{"name":"Alice","visits":1}', '', `1.${keyId}.AAAA`, `2.${keyId}.${body}`]) {
      await store.put(at('changed', '1'), raw)
      await assert.rejects(all.get('1'), /was changed or moved/, raw)
    }
  })

  test('rotation: the first secret encrypts, the others still decrypt', async () => {
    await people('rotating', [oldSecret]).put('1', { name: 'Alice', visits: 1 })
    const both = people('rotating', [newSecret, oldSecret])
    assert.deepEqual(await both.get('1'), { name: 'Alice', visits: 1 })
    await both.update('1', (value) => ({ ...value, visits: 2 }))
    assert.deepEqual(await people('rotating', [newSecret]).get('1'), { name: 'Alice', visits: 2 })
  })

  test('a record of a retired secret counts as absent, with one warning, and its key stays taken', async () => {
    const before = people('retired', [oldSecret])
    await before.put('1', { name: 'Alice', visits: 1 })
    await before.put('2', { name: 'Bob', visits: 1 })
    const warnings: string[] = []
    const now = people('retired', [newSecret], warnings)
    assert.equal(await now.get('1'), undefined)
    assert.equal(await now.get('2'), undefined)
    assert.equal(await now.update('1', (value) => value), undefined)
    for await (const value of now.values()) assert.fail(`listed ${value.name}`)
    assert.equal(await now.putIfAbsent('1', { name: 'Mallory', visits: 0 }), false)
    assert.equal(warnings.length, 1)
    assert.match(warnings[0] ?? '', /secret that is no longer configured/)
    assert.ok(!warnings[0]?.includes(oldSecret))
  })

  test('upsert replaces a record of a retired secret, makes a missing one, and counts everybody', async () => {
    await people('upserted', [oldSecret]).put('1', { name: 'Alice', visits: 7 }, time.clock() + 1000)
    const now = people('upserted')
    const visit = (id: string) =>
      now.upsert(
        id,
        (before) => ({ name: 'Alice', visits: (before?.visits ?? 0) + 1 }),
        () => time.clock() + 5000,
      )
    assert.deepEqual(await visit('1'), { name: 'Alice', visits: 1 })
    await Promise.all(Array.from({ length: 30 }, () => visit('2')))
    assert.equal((await now.get('2'))?.visits, 30)
    time.advance(4999)
    assert.equal((await visit('1')).visits, 2, 'the expiry is the new one')
    time.advance(5000)
    assert.equal((await visit('1')).visits, 1, 'an expired record is none')
  })

  test('a record that changes at every look is an error after a while, not a loop', async () => {
    const restless: Store = {
      ...store,
      swap: async () => false,
      putIfAbsent: async () => false,
    }
    const all = createCollections(restless, [newSecret], randomBytes)('restless', person)
    const fault = { code: 'store_unavailable', detail: /changed by too many/ }
    await assert.rejects(
      all.upsert(
        '1',
        () => ({ name: 'x', visits: 1 }),
        () => undefined,
      ),
      fault,
    )
    await people('restless').put('1', { name: 'x', visits: 1 })
    await assert.rejects(
      all.update('1', (value) => value),
      fault,
    )
    await assert.rejects(
      all.upsert(
        '1',
        () => ({ name: 'x', visits: 1 }),
        () => undefined,
      ),
      fault,
    )
  })

  test('the store learns no id', async () => {
    await people('named').put('an-id-that-opens-something', { name: 'x', visits: 1 })
    for await (const [key] of store.scan('')) assert.ok(!key.includes('opens-something'), key)
  })

  test('a record that does not fit its schema is an error that names fields and no values', async () => {
    const collections = createCollections(store, [newSecret], randomBytes)
    await collections('fit', z.object({ name: z.string() })).put('1', { name: 'Private Name' })
    await assert.rejects(collections('fit', person).get('1'), (error: Error) => {
      assert.match(error.message, /“fit” does not fit its schema: visits/)
      assert.doesNotMatch(error.message, /Private/)
      return true
    })
  })

  test('50 updates at once are all counted, and the expiry stays', async () => {
    const all = people('updated')
    await all.put('1', { name: 'Alice', visits: 0 }, time.clock() + 1000)
    await Promise.all(
      Array.from({ length: 50 }, () => all.update('1', (value) => ({ ...value, visits: value.visits + 1 }))),
    )
    assert.equal((await all.get('1'))?.visits, 50)
    assert.equal(await all.update('1', () => undefined), undefined)
    assert.equal((await all.get('1'))?.visits, 50, 'no change leaves the record alone')
    assert.equal(await all.update('absent', (value) => value), undefined)
    time.advance(1000)
    assert.equal(await all.get('1'), undefined)
  })

  test('a source of randomness that gives too little makes no record', async () => {
    const all = createCollections(store, [newSecret], () => Buffer.alloc(11))('careless', person)
    await assert.rejects(all.put('1', { name: 'Alice', visits: 1 }), /nonce of the wrong length/)
    assert.equal(await store.get(at('careless', '1')), undefined)
  })

  test('needs a secret and a proper name', () => {
    assert.throws(() => people('x', []), TypeError)
    assert.throws(() => people('x', ['']), TypeError)
    assert.throws(() => people('a:b'), TypeError)
  })
}
