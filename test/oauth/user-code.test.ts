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

test('a source of randomness that gives nothing of use is given up', () => {
  let draws = 0
  const unfair = (size: number) => Buffer.alloc(size, ++draws > 200 ? 0 : 255)
  assert.throws(() => newUserCode(unfair), /nothing of use/)
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
  'http://127.0.0.1:65536/',
])
  test(`is no loopback redirect: ${JSON.stringify(uri)}`, () => assert.equal(isLoopbackRedirect(uri), false))

test('a loopback redirect has 512 letters at most', () => {
  const long = `http://127.0.0.1:80/${'a'.repeat(492)}`
  assert.deepEqual([isLoopbackRedirect(long), isLoopbackRedirect(`${long}a`)], [true, false])
})

function guesser() {
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
  const looked = { times: 0 }
  const guess = (session: string, found?: true, by: 'form' | 'link' = 'form') =>
    limitGuesses(parts, { session, person: session.replace(/\d+$/, ''), by }, async () => {
      looked.times++
      return found
    }).then(
      () => 'looked',
      (error: { code: string }) => error.code,
    )
  return { guess, looked, time }
}

test('wrong codes are limited for session and person, in ten minutes, however parallel; hits are free', async () => {
  const { guess, looked, time } = guesser()
  for (let n = 0; n < 60; n++) assert.equal(await guess('mallory1', true), 'looked')
  looked.times = 0
  const all = await Promise.all(Array.from({ length: 100 }, () => guess('mallory1')))
  assert.equal(looked.times, 10)
  assert.equal(all.filter((one) => one === 'too_many_requests').length, 90)
  for (const session of ['mallory2', 'mallory3', 'mallory4', 'mallory5'])
    await Promise.all(Array.from({ length: 100 }, () => guess(session)))
  assert.equal(looked.times, 30, 'a new sign-in does not start at nothing')
  time.now = 10 * 60_000
  assert.equal(await guess('mallory1'), 'looked')
})

test('whoever guesses, the right codes of others pass, and links stop nobody’s form', async () => {
  const { guess } = guesser()
  for (const who of ['mallory', 'trudy', 'eve']) for (let n = 0; n < 700; n++) await guess(`${who}${n}`)
  for (let n = 0; n < 30; n++) await guess('alice1', undefined, 'link')
  assert.equal(await guess('alice1', undefined, 'link'), 'too_many_requests')
  assert.equal(await guess('alice1', true), 'looked')
})
