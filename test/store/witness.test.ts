import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { z } from 'zod'
import type { Store } from '../../src/core/index.ts'
import { createCollections, createWitness, openStore } from '../../src/store/index.ts'
import { fakeClock } from './conformance.ts'

const at = (id: string) => `kind:${createHash('sha256').update(id).digest('base64url')}`
const count = z.object({ n: z.number() })
const hour = 3_600_000
const time = fakeClock()
let folder: string
let store: Store
let warnings: string[] = []

/** A process of its own: what it has seen is in its memory. */
const node = (room?: number) =>
  createCollections(store, ['a secret of this test'], randomBytes, {
    watch: {
      witness: createWitness(time.clock, room === undefined ? {} : { room }),
      clock: time.clock,
      tell: (message) => warnings.push(message),
    },
  })('kind', count, 'watched')

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rolebridge-witness-'))
  store = await openStore(`embedded:${folder}`, time)
})
after(async () => {
  await store?.close()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(() => {
  warnings = []
})

const copy = async (id: string) => (await store.get(at(id))) ?? assert.fail('there is no record')
const add = ({ n }: { n: number }) => ({ n: n + 1 })

test('an older copy that is put back counts as a record that nobody can open, until it is written anew', async () => {
  const all = node()
  await all.put('a', { n: 1 })
  const older = await copy('a')
  await all.update('a', add)
  await store.put(at('a'), older)
  assert.equal(await all.get('a'), undefined)
  assert.equal(await all.update('a', add), undefined)
  assert.equal(await all.take('a'), undefined)
  assert.match(warnings[0] ?? '', /an older copy of a record of “kind”/)
  await store.put(at('a'), older)
  for await (const value of all.values()) assert.fail(`listed ${value.n}`)
  assert.equal(await all.holds('a'), true)
  const seen = await all.upsert(
    'a',
    (value, there) => ({ n: value === undefined && there ? 10 : 0 }),
    () => undefined,
  )
  assert.equal(seen.n, 10)
  assert.deepEqual(await all.get('a'), { n: 10 })
  await store.put(at('a'), older)
  assert.equal(await all.get('a'), undefined, 'nor afterwards')
})

test('a node that only read the newer one does not believe the older one either; one that saw neither does', async () => {
  const [writer, reader, stranger] = [node(), node(), node()]
  await writer.put('b', { n: 1 })
  const older = await copy('b')
  await writer.update('b', add)
  assert.deepEqual(await reader.get('b'), { n: 2 })
  await store.put(at('b'), older)
  assert.equal(await reader.get('b'), undefined)
  assert.deepEqual(
    await stranger.get('b'),
    { n: 1 },
    'which is why the guide speaks of one store for the bridge alone',
  )
})

test('what was taken here is not taken again, whoever puts it back', async () => {
  const all = node()
  await all.put('c', { n: 1 })
  const kept = await copy('c')
  assert.deepEqual(await all.take('c'), { n: 1 })
  await store.put(at('c'), kept)
  assert.equal(await all.get('c'), undefined)
  assert.equal(await all.take('c'), undefined)
})

test('a mark that was set here stays set until it expires, whoever takes it out', async () => {
  const all = node()
  assert.equal(await all.putIfAbsent('d', { n: 1 }, time.clock() + hour), true)
  await store.take(at('d'))
  assert.equal(await all.holds('d'), true)
  assert.equal(await all.putIfAbsent('d', { n: 2 }, time.clock() + hour), false)
  assert.match(warnings[0] ?? '', /taken a record of “kind” out of the store/)
  warnings = []
  time.advance(hour)
  assert.equal(await all.holds('d'), false)
  assert.equal(await all.putIfAbsent('d', { n: 3 }, time.clock() + hour), true)
  assert.deepEqual(warnings, [])
})

test('a mark whose answer was lost was not set by us, so that the one who comes again is judged by the store', async () => {
  const lossy: Store = {
    ...store,
    putIfAbsent: async () => {
      throw new Error('connection lost')
    },
  }
  const witness = createWitness(time.clock)
  const over = (one: Store) =>
    createCollections(one, ['a secret of this test'], randomBytes, {
      watch: { witness, clock: time.clock, tell: () => {} },
    })('kind', count, 'watched')
  await assert.rejects(over(lossy).putIfAbsent('e', { n: 1 }))
  assert.equal(await over(store).putIfAbsent('e', { n: 1 }), true)
})

test('who reads while others write meets nothing older: 200 writers and readers at once warn of nothing', async () => {
  const nodes = [node(), node()]
  await nodes[0]?.put('f', { n: 0 })
  await Promise.all(
    Array.from({ length: 200 }, async (_, i) => {
      const all = nodes[i % 2]
      if (i % 4 < 2) await all?.update('f', add)
      else assert.notEqual(await all?.get('f'), undefined)
    }),
  )
  assert.equal((await nodes[1]?.get('f'))?.n, 100)
  assert.deepEqual(warnings, [])
})

test('a clock that is behind that of another node makes no older copies', async () => {
  const ahead = createCollections(store, ['a secret of this test'], randomBytes, {
    watch: { witness: createWitness(time.clock), clock: () => time.clock() + hour, tell: () => {} },
  })('kind', count, 'watched')
  const all = node()
  await ahead.put('g', { n: 1 })
  assert.deepEqual(await all.update('g', add), { n: 2 })
  assert.deepEqual(await ahead.get('g'), { n: 2 })
  assert.deepEqual(await ahead.update('g', add), { n: 3 })
  assert.deepEqual(await all.get('g'), { n: 3 })
})

test('what went by itself is not missed: a record that nobody asked for in a week is forgotten', async () => {
  const all = node()
  await all.upsert(
    'h',
    () => ({ n: 1 }),
    () => undefined,
  )
  time.advance(7 * 24 * hour)
  await store.take(at('h'))
  assert.equal(await all.holds('h'), false)
})

test('of each kind so many are known, those that were seen last', async () => {
  const all = node(3)
  for (const id of ['1', '2', '3']) await all.putIfAbsent(id, { n: 1 })
  assert.equal(await all.putIfAbsent('1', { n: 1 }), false)
  await all.get('1')
  await all.putIfAbsent('4', { n: 1 })
  for (const id of ['1', '2', '3', '4']) await store.take(at(id))
  assert.deepEqual(await Promise.all(['1', '2', '3', '4'].map((id) => all.holds(id))), [
    true,
    false,
    true,
    true,
  ])
})

test('what older versions wrote has no number and is read', async () => {
  const older = createCollections(store, ['a secret of this test'], randomBytes)('kind', count)
  await older.put('i', { n: 1 })
  const all = node()
  assert.deepEqual(await all.get('i'), { n: 1 })
  assert.deepEqual(await all.update('i', add), { n: 2 })
})

test('nobody misses what went by itself, who saw it until the end', async () => {
  const [writer, reader] = [node(), node()]
  const end = time.clock() + 10 * 24 * hour
  await writer.upsert(
    'j',
    () => ({ n: 1 }),
    () => end,
  )
  await writer.update('j', add)
  for (; time.clock() < end; time.advance(24 * hour))
    for (const one of [writer, reader]) assert.deepEqual(await one.get('j'), { n: 2 })
  assert.deepEqual(await Promise.all([writer, reader].map((one) => one.holds('j'))), [false, false])
  assert.equal(await reader.putIfAbsent('j', { n: 3 }), true)
  assert.deepEqual(warnings, [])
})

test('a node of an older version reads what this one writes', async () => {
  await node().put('k', { n: 1 }, time.clock() + hour)
  const older = createCollections(store, ['a secret of this test'], randomBytes)('kind', z.unknown())
  const plain = await older.get('k')
  assert.deepEqual(count.parse(plain), { n: 1 })
})

test('what one node misses, another sets anew, and is believed', async () => {
  const [sawIt, stranger] = [node(), node()]
  const set = (one: typeof sawIt, n: number) =>
    one.upsert(
      'l',
      () => ({ n }),
      () => undefined,
    )
  await set(sawIt, 1)
  await store.take(at('l'))
  assert.deepEqual([await sawIt.holds('l'), await stranger.holds('l')], [true, false])
  await set(stranger, 2)
  assert.deepEqual(await sawIt.get('l'), { n: 2 })
})
