import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Clock, Store } from '../../src/core/index.ts'

/** A clock that a test moves. */
export function fakeClock(start = 1_750_000_000_000) {
  let now = start
  let lived = 0
  const clock: Clock = () => now
  /** Time goes by. */
  const advance = (ms: number) => {
    now += ms
    lived += ms
  }
  /** Somebody sets the clock. */
  const jump = (ms: number) => {
    now += ms
  }
  return { clock, advance, jump, monotonic: () => lived }
}

const many = 50

/** What every store does. `open` opens one more instance on the same data. */
export function storeConformance(open: (clock: Clock) => Promise<Store>): void {
  const time = fakeClock()
  const at = (ms: number) => time.clock() + ms
  let store: Store
  let other: Store
  let round = 0
  const fresh = (name = 'key') => `${name}-${round++}`

  before(async () => {
    store = await open(time.clock)
    other = await open(time.clock)
  })
  after(async () => {
    await Promise.all([store?.close(), other?.close()])
  })

  test('an unknown key is absent for every verb', async () => {
    const key = fresh()
    assert.equal(await store.get(key), undefined)
    assert.equal(await store.take(key), undefined)
    assert.equal(await store.swap(key, 'a', 'b'), false)
    assert.deepEqual(await listed(store, key), [])
  })

  test('put replaces and another instance reads it', async () => {
    const key = fresh()
    await store.put(key, 'one')
    await store.put(key, 'two')
    assert.equal(await store.get(key), 'two')
    assert.equal(await other.get(key), 'two')
  })

  test('keeps every kind of text exactly', async () => {
    const values = [
      '',
      ':',
      '1:2',
      ' ',
      '\0',
      'a\0b\nc\r',
      'żółć 🦀 ‏rtl',
      '"{}\\',
      '\ufeffx',
      'x'.repeat(300_000),
    ]
    for (const value of values) {
      const key = fresh(`text ${value.slice(0, 5)}`)
      await store.put(key, value, at(1000))
      assert.equal(await store.get(key), value)
      assert.equal(await store.swap(key, value, `${value}!`), true)
      assert.equal(await store.take(key), `${value}!`)
    }
  })

  test('refuses text that bytes cannot hold rather than changing it', async () => {
    await assert.rejects(store.put('bad \ud800', 'x'), TypeError)
    await assert.rejects(store.put('bad', '\udc00'), TypeError)
    await assert.rejects(store.put('', 'x'), TypeError)
    await assert.rejects(store.put('bad', 'x', Number.NaN), TypeError)
  })

  test('a value is there until the millisecond of its expiry and absent for every verb from then on', async () => {
    const [read, taken, swapped, claimed, counted] = ['r', 't', 's', 'c', 'n'].map((name) => fresh(name)) as [
      string,
      string,
      string,
      string,
      string,
    ]
    for (const key of [read, taken, swapped, claimed]) await store.put(key, 'v', at(1000))
    assert.equal(await store.increment(counted, at(1000)), 1)
    time.advance(999)
    assert.equal(await store.get(read), 'v')
    assert.equal(await store.putIfAbsent(claimed, 'mine'), false)
    assert.equal(await store.increment(counted, at(9999)), 2, 'a running counter keeps its expiry')
    time.advance(1)
    assert.equal(await store.get(read), undefined)
    assert.deepEqual(await listed(store, read), [])
    assert.equal(await store.take(taken), undefined)
    assert.equal(await store.swap(swapped, 'v', 'w'), false)
    assert.equal(await store.putIfAbsent(claimed, 'mine'), true)
    assert.equal(await store.get(claimed), 'mine')
    assert.equal(await store.increment(counted, at(1000)), 1, 'an expired counter starts again')
  })

  test('put without an expiry takes the old expiry away', async () => {
    const key = fresh()
    await store.put(key, 'v', at(10))
    await store.put(key, 'w')
    time.advance(1000)
    assert.equal(await store.get(key), 'w')
  })

  test('swap keeps the expiry unless it names one', async () => {
    const [kept, named] = [fresh(), fresh()]
    await store.put(kept, 'v', at(1000))
    await store.put(named, 'v', at(1000))
    assert.equal(await store.swap(kept, 'v', 'w'), true)
    assert.equal(await store.swap(named, 'v', 'w', at(5000)), true)
    assert.equal(await store.swap(named, 'v', 'x'), false, 'only what is there now can be swapped')
    time.advance(2000)
    assert.equal(await store.get(kept), undefined)
    assert.equal(await store.get(named), 'w')
  })

  test('a value put with an expiry long past is absent', async () => {
    const key = fresh()
    await store.put(key, 'v', 5)
    assert.equal(await store.get(key), undefined)
    assert.equal(await store.putIfAbsent(key, 'w'), true)
  })

  test('a counter can be read, and a text is no counter', async () => {
    const key = fresh()
    assert.equal(await store.increment(key), 1)
    assert.equal(await other.increment(key), 2)
    assert.equal(await store.get(key), '2')
    await store.put(key, 'text')
    await assert.rejects(store.increment(key), /no counter/)
  })

  test('of 50 who put if absent exactly one wins, and its value stays', async () => {
    const key = fresh()
    const won = await race((by, i) => by.putIfAbsent(key, `value ${i}`, at(1000)))
    const winners = won.flatMap((yes, i) => (yes ? [i] : []))
    assert.equal(winners.length, 1)
    assert.equal(await store.get(key), `value ${winners[0]}`)
  })

  test('of 50 who claim an expired key exactly one wins', async () => {
    const key = fresh()
    await store.put(key, 'old', at(10))
    time.advance(10)
    const won = await race((by, i) => by.putIfAbsent(key, `value ${i}`))
    assert.equal(won.filter(Boolean).length, 1)
  })

  test('of 50 takers exactly one gets the value', async () => {
    const key = fresh()
    await store.put(key, 'prize', at(1000))
    const got = await race((by) => by.take(key))
    assert.deepEqual(
      got.filter((value) => value !== undefined),
      ['prize'],
    )
  })

  test('of 50 swappers exactly one replaces the value', async () => {
    const key = fresh()
    await store.put(key, 'start')
    const won = await race((by, i) => by.swap(key, 'start', `value ${i}`))
    assert.equal(won.filter(Boolean).length, 1)
    assert.equal(await store.get(key), `value ${won.indexOf(true)}`)
  })

  test('50 increments count to 50 and no number comes twice', async () => {
    const key = fresh()
    const numbers = await race((by) => by.increment(key, at(1000)))
    assert.deepEqual(
      numbers.toSorted((a, b) => a - b),
      Array.from({ length: many }, (_, i) => i + 1),
    )
  })

  test('scans thousands of keys below a prefix and none beside it', async () => {
    const prefix = `${fresh('scan')}:`
    const keys = Array.from({ length: 3000 }, (_, i) => `${prefix}${i}`)
    for (let from = 0; from < keys.length; from += 200)
      await Promise.all(
        keys
          .slice(from, from + 200)
          .map((key, i) => store.put(key, `v${from + i}`, i % 2 ? at(1000) : undefined)),
      )
    await store.put(prefix.slice(0, -1), 'beside')
    await store.put(`${prefix.slice(0, -1)};`, 'beside')
    const all = await listed(other, prefix)
    assert.equal(all.length, 3000)
    assert.deepEqual(new Map(all), new Map(keys.map((key, i) => [key, `v${i}`])))
    time.advance(1000)
    assert.equal((await listed(store, prefix)).length, 1500, 'expired ones are not listed')
  })

  test('a prefix is plain text, whatever characters it has', async () => {
    for (const prefix of ['s*', 's?', '[s]', '\\s', 'ś\0', '🦀']) {
      const key = `${fresh('p')}${prefix}`
      await store.put(`${key}end`, 'v')
      await store.put(`${key.slice(0, -prefix.length)}sxend`, 'other')
      assert.deepEqual(await listed(store, key), [[`${key}end`, 'v']])
    }
  })

  test('keys of any length are kept apart and found by any prefix', async () => {
    const stem = fresh('long').padEnd(1015, 'é').slice(0, 900)
    const keys = [1, 60, 100, 140, 2000, 2001, 9000].map((n) => stem + 'x'.repeat(n))
    for (const key of keys) await store.put(key, `length ${key.length}`, at(1000))
    for (const key of keys) assert.equal(await store.get(key), `length ${key.length}`)
    assert.equal((await listed(store, stem)).length, keys.length)
    assert.equal((await listed(store, stem + 'x'.repeat(2000))).length, 3)
    assert.equal((await listed(store, stem + 'x'.repeat(2002))).length, 1)
    assert.equal(await store.take(keys[4] ?? ''), `length ${keys[4]?.length}`)
    assert.equal((await listed(store, stem)).length, keys.length - 1)
  })

  test('answers a ping', async () => {
    await store.ping()
  })

  test('keeps the data for an instance that opens later', async () => {
    const key = fresh()
    await store.put(key, 'kept')
    const later = await open(time.clock)
    assert.equal(await later.get(key), 'kept')
    await later.close()
    assert.equal(await store.get(key), 'kept', 'closing one instance leaves the others alone')
  })

  function race<T>(run: (by: Store, i: number) => Promise<T>): Promise<T[]> {
    return Promise.all(Array.from({ length: many }, (_, i) => run(i % 2 ? store : other, i)))
  }
}

export async function listed(store: Store, prefix: string): Promise<[string, string][]> {
  const all: [string, string][] = []
  for await (const [key, value] of store.scan(prefix)) all.push([key, value])
  return all
}
