import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entitlement } from './memory-bridge.ts'
import { signedIn, stage } from './stage.ts'

const role = entitlement('111122223333', 'prod', 'Admin').id

test('a form of our own page in this session is taken', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  const headers = { 'Sec-Fetch-Site': 'same-origin' }
  assert.equal((await visitor.post('/portal/credentials', { role, csrf: visitor.csrf }, headers)).status, 200)
  assert.equal(set.bridge.issued.length, 1)
})

test('refuses a form without the token, with a wrong one and with that of another session', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  const other = await signedIn(set)
  assert.notEqual(other.csrf, visitor.csrf)
  const wrong = [
    {},
    { csrf: '' },
    { csrf: `${visitor.csrf}x` },
    { csrf: visitor.csrf.slice(1) },
    { csrf: other.csrf },
  ]
  for (const token of wrong) {
    for (const path of ['/portal/credentials', '/sign-out']) {
      const answer = await visitor.post(path, { role, ...token } as Record<string, string>)
      assert.equal(answer.status, 403)
      assert.match(answer.text, /This form is out of date/)
    }
  }
  assert.deepEqual(set.bridge.issued, [])
  assert.deepEqual(new Set(set.refused.map(({ code }) => code)), new Set(['csrf']))
  assert.equal((await visitor.get('/')).status, 200)
})

test('refuses a form from another origin although it holds the token', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  const foreign: Record<string, string>[] = [
    { Origin: 'https://evil.example' },
    { Origin: 'null' },
    { Origin: 'http://aws.corp.example' },
    { Origin: 'https://aws.corp.example:8443' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
    { 'Sec-Fetch-Site': 'none' },
  ]
  for (const headers of foreign) {
    const answer = await visitor.post('/portal/credentials', { role, csrf: visitor.csrf }, headers)
    assert.equal(answer.status, 403, JSON.stringify(headers))
  }
  assert.deepEqual(set.bridge.issued, [])
})

test('a token that is sent twice is refused', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  const twice = `role=${encodeURIComponent(role)}&csrf=${visitor.csrf}&csrf=${visitor.csrf}`
  assert.equal((await visitor.post('/portal/credentials', twice)).status, 400)
  assert.deepEqual(set.bridge.issued, [])
})

test('no GET hands out credentials or signs out', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  for (const path of [
    `/portal/credentials?role=${role}&csrf=${visitor.csrf}`,
    `/sign-out?csrf=${visitor.csrf}`,
  ]) {
    assert.equal((await visitor.get(path)).status, 404)
  }
  assert.deepEqual(set.bridge.issued, [])
})
