import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { limitGuesses } from '../../src/oauth/guesses.ts'
import { isLoopbackRedirect, readUserCode } from '../../src/oauth/index.ts'
import { newUserCode } from '../../src/oauth/user-code.ts'

test('a user code has no vowel and no look-alike, and each letter comes as often as the others', () => {
  const seen = new Map<string, number>()
  for (let n = 0; n < 5000; n++) {
    const code = newUserCode(randomBytes)
    assert.match(code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
    for (const letter of code.replace('-', '')) seen.set(letter, (seen.get(letter) ?? 0) + 1)
  }
  assert.equal(seen.size, 20)
  for (const [letter, count] of seen) assert.ok(Math.abs(count - 2000) < 300, `${letter}: ${count}`)
})

test('a source of randomness that gives unfair bytes first is asked again', () => {
  const bytes = [Buffer.alloc(16, 255), Buffer.alloc(16, 19)]
  assert.equal(
    newUserCode(() => bytes.shift() ?? Buffer.alloc(16)),
    'ZZZZ-ZZZZ',
  )
})

for (const [typed, read] of [
  ['bcdf-ghjk', 'BCDF-GHJK'],
  [' BCDFGHJK ', 'BCDF-GHJK'],
  ['bcdf ghjk', 'BCDF-GHJK'],
  ['BCDF–GHJK', 'BCDF-GHJK'],
  ['BCDF-GHJ', undefined],
  ['BCDF-GHJA', undefined],
  ['BCDF-GHJKL', undefined],
] as const) {
  test(`reads ${JSON.stringify(typed)} as ${read}`, () => assert.equal(readUserCode(typed), read))
}

for (const uri of [
  'http://127.0.0.1:0/',
  'http://127.0.0.1:80/#x',
  'HTTP://127.0.0.1:80/',
  'http://127.0.0.1:80\n/',
  'http://127.1:80/',
])
  test(`is no loopback redirect: ${JSON.stringify(uri)}`, () => assert.equal(isLoopbackRedirect(uri), false))

test('wrong codes are limited by address and for everybody, in ten minutes, however parallel; hits are free', async () => {
  const counts = new Map<string, number>()
  const time = { now: 0 }
  const parts = {
    clock: () => time.now,
    counters: {
      get: async (key: string) => counts.get(key)?.toString(),
      increment: async (key: string) => {
        counts.set(key, (counts.get(key) ?? 0) + 1)
        return counts.get(key) ?? 0
      },
    },
  }
  let looked = 0
  const miss = async () => {
    looked++
    return undefined
  }
  const guess = (address: string, person: string, look: () => Promise<true | undefined> = miss) =>
    limitGuesses(parts, { address, person }, look).then(
      () => 'looked',
      (error: { code: string }) => error.code,
    )
  for (let n = 0; n < 60; n++) assert.equal(await guess('office', `p${n}`, async () => true), 'looked')
  const all = await Promise.all(Array.from({ length: 100 }, (_, n) => guess('office', `q${n}`)))
  assert.equal(looked, 20)
  assert.equal(all.filter((one) => one === 'too_many_requests').length, 80)
  await Promise.all(Array.from({ length: 1000 }, (_, n) => guess(`a${n}`, `r${n}`)))
  assert.equal(looked, 500)
  time.now = 10 * 60_000
  assert.equal(await guess('office', 'q0'), 'looked')
})

test('somebody who guesses beyond their own limit takes no guesses from others at the same address', async () => {
  const counts = new Map<string, number>()
  const parts = {
    clock: () => 0,
    counters: {
      get: async (key: string) => counts.get(key)?.toString(),
      increment: async (key: string) => {
        counts.set(key, (counts.get(key) ?? 0) + 1)
        return counts.get(key) ?? 0
      },
    },
  }
  const guess = (person: string, found?: true) =>
    limitGuesses(parts, { address: 'office', person }, async () => found)
  for (let n = 0; n < 10; n++) await guess('mallory')
  for (let n = 0; n < 100; n++) await assert.rejects(guess('mallory'), { code: 'too_many_requests' })
  assert.equal(await guess('alice', true), true)
})
