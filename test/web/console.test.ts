import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entitlement } from './memory-bridge.ts'
import { browser, signedIn, stage } from './stage.ts'

const link = '/console?account_id=111122223333&role_name=Admin'

test('a shared link opens the console as the person who follows it', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  const answer = await visitor.get(`${link}&destination=${encodeURIComponent('/s3/home')}`, {
    'Sec-Fetch-Dest': 'document',
    'Sec-Fetch-Site': 'none',
  })
  assert.equal(answer.status, 302)
  assert.match(String(answer.headers.location), /^https:\/\/signin\.aws\.amazon\.com\/federation\?/)
  assert.equal(answer.headers['cache-control'], 'no-store')
  assert.equal(answer.headers['referrer-policy'], 'no-referrer')
  assert.equal(answer.text, '')
  assert.deepEqual(set.bridge.consoles, [
    { role: 'arn:aws:iam::111122223333:role/Admin', destination: '/s3/home' },
  ])
  assert.equal(set.bridge.contexts.at(-1)?.channel, 'console')
})

test('who is not signed in signs in first and comes back to the link', async () => {
  const set = stage()
  const { headers } = await browser(set.app).get(`${link}&destination=%2Fs3%2Fhome`)
  assert.equal(headers.location, `/login?return_to=${encodeURIComponent(`${link}&destination=%2Fs3%2Fhome`)}`)
})

test('images, frames, scripts and prefetching open nothing', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  const hidden: Record<string, string>[] = [
    { 'Sec-Fetch-Dest': 'image' },
    { 'Sec-Fetch-Dest': 'iframe' },
    { 'Sec-Fetch-Dest': 'empty' },
    { 'Sec-Fetch-Dest': 'document', 'Sec-Purpose': 'prefetch' },
    { 'Sec-Fetch-Dest': 'document', 'Sec-Purpose': 'prefetch;prerender' },
    { Purpose: 'prefetch' },
  ]
  for (const headers of hidden) {
    assert.equal((await visitor.get(link, headers)).status, 400, JSON.stringify(headers))
  }
  assert.deepEqual(set.bridge.consoles, [])
})

test('a role that is not granted is refused by the bridge, which audits it, and can be explained', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  const before = set.bridge.contexts.length
  const { status, text } = await visitor.get('/console?account_id=111122223333&role_name=Root')
  assert.equal(status, 403)
  assert.equal(set.bridge.contexts.length, before + 1)
  assert.ok(text.includes(`/explain?role=${encodeURIComponent('arn:aws:iam::111122223333:role/Root')}`))
})

test('refuses a link that names no account and role, or names one twice', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  const broken = [
    '/console',
    '/console?account_id=1&role_name=Admin',
    '/console?account_id=111122223333&role_name=a%2F',
    '/console?account_id=111122223333&role_name=%3Cscript%3E',
    `${link}&role_name=Other`,
    `${link}&destination=/a&destination=/b`,
  ]
  for (const path of broken) assert.equal((await visitor.get(path)).status, 400, path)
  assert.deepEqual(set.bridge.consoles, [])
})

const evil = `${link}&destination=${encodeURIComponent('/iam/home#/users?delete=1')}`

for (const [what, headers] of [
  ['another site', { 'Sec-Fetch-Site': 'cross-site' }],
  ['a neighbour of the same site', { 'Sec-Fetch-Site': 'same-site' }],
  ['another site, in a browser that only sends referrers', { Referer: 'https://evil.example/' }],
] as const) {
  test(`a link of ${what} opens nothing until the person said so`, async () => {
    const set = stage()
    const visitor = await signedIn(set)
    const asked = await visitor.get(evil, headers)
    assert.equal(asked.status, 200)
    assert.deepEqual(set.bridge.consoles, [])
    for (const shown of ['Admin', '111122223333', 'prod', '/iam/home#/users?delete=1'])
      assert.ok(asked.text.includes(shown), shown)
    const fields = {
      account_id: '111122223333',
      role_name: 'Admin',
      destination: '/iam/home#/users?delete=1',
    }
    assert.equal((await visitor.post('/console', fields)).status, 403)
    assert.deepEqual(set.bridge.consoles, [])
    const opened = await visitor.post('/console', { ...fields, csrf: visitor.csrf })
    assert.equal(opened.status, 303)
    assert.match(String(opened.headers.location), /^https:\/\/signin\.aws\.amazon\.com\/federation\?/)
    assert.equal(set.bridge.consoles.length, 1)
  })
}

const ours: Record<string, string>[] = [{ 'Sec-Fetch-Site': 'same-origin' }, { 'Sec-Fetch-Site': 'none' }, {}]
for (const headers of ours) {
  test(`a link of our own, or one the person opened, acts at once: ${JSON.stringify(headers)}`, async () => {
    const visitor = await signedIn(stage())
    assert.equal((await visitor.get(link, headers)).status, 302)
  })
}

test('a role of the same name in another account is another role', async () => {
  const set = stage()
  set.bridge.roles.push(entitlement('444455556666', 'dev', 'Admin'))
  const visitor = await signedIn(set)
  await visitor.get('/console?account_id=444455556666&role_name=Admin')
  assert.deepEqual(set.bridge.consoles, [{ role: 'arn:aws:iam::444455556666:role/Admin' }])
})

test('HEAD opens nothing', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  const answer = await visitor.head(link, { 'Sec-Fetch-Site': 'none' })
  assert.deepEqual([answer.status, answer.headers.allow], [405, 'GET, POST'])
  assert.deepEqual(set.bridge.consoles, [])
})

test('a bookmark acts after the sign-in that came between, another site’s link asks', async () => {
  for (const [site, status] of [
    ['none', 302],
    ['cross-site', 200],
  ] as const) {
    const set = stage()
    const visitor = browser(set.app)
    await visitor.get(link, { 'Sec-Fetch-Site': site })
    await visitor.post('/saml/acs', { SAMLResponse: 'valid' }, { Origin: 'https://idp.example' })
    // The identity provider's page led back: to the browser that is another site.
    const back = await visitor.get(link, { 'Sec-Fetch-Site': 'cross-site' })
    assert.equal(back.status, status, site)
    const other = await visitor.get(evil, { 'Sec-Fetch-Site': 'cross-site' })
    assert.equal(other.status, 200, 'the mark is good for that very address')
  }
})
