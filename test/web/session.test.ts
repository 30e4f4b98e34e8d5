import assert from 'node:assert/strict'
import { test } from 'node:test'
import request from 'supertest'
import { browser, signedIn, stage } from './stage.ts'

const cookiesOf = (headers: Record<string, unknown>) => (headers['set-cookie'] ?? []) as string[]
const signIn = (app: Parameters<typeof request>[0], cookie = '') =>
  request(app).post('/saml/acs').set('Cookie', cookie).type('form').send({ SAMLResponse: 'valid' })

test('on https the session cookie is bound to the host, secure, http-only and lax', async () => {
  const { headers } = await signIn(stage().app)
  const [cookie = ''] = cookiesOf(headers)
  assert.match(cookie, /^__Host-rolebridge=s%3A[\w-]{43}\.[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
})

test('on http://localhost the session cookie is the same without prefix and Secure', async () => {
  const { app } = stage({ baseUrl: 'http://localhost:8080', trustProxy: 0 })
  const [cookie = ''] = cookiesOf((await signIn(app)).headers)
  assert.match(cookie, /^rolebridge=s%3A[\w-]{43}\.[^;]+; Path=\/; HttpOnly; SameSite=Lax$/)
})

test('the secure cookie is set although the load balancer names no protocol, or the wrong one', async () => {
  const { app } = stage()
  const plain = await signIn(app).set('X-Forwarded-Proto', 'http')
  assert.equal(cookiesOf(plain.headers).length, 1)
})

test('on https the sign-in cookie crosses sites and lives for a quarter of an hour', async () => {
  const { headers } = await request(stage().app).get('/login')
  const [cookie = ''] = cookiesOf(headers)
  assert.match(cookie, /^__Host-rolebridge-signin=[\w-]{43}; Max-Age=900; Path=\/; /)
  assert.match(cookie, /; HttpOnly; Secure; SameSite=None$/)
})

test('on http://localhost the sign-in cookie is lax', async () => {
  const { app } = stage({ baseUrl: 'http://localhost:8080', trustProxy: 0 })
  const [cookie = ''] = cookiesOf((await request(app).get('/login')).headers)
  assert.match(cookie, /^rolebridge-signin=[\w-]{43}; .*; HttpOnly; SameSite=Lax$/)
})

test('several tabs share one browser key, and the answer is judged with it', async () => {
  const { app, bridge } = stage()
  const visitor = browser(app)
  await visitor.get('/login')
  await visitor.get('/login')
  await visitor.post('/saml/acs', { SAMLResponse: 'valid', RelayState: 'key' })
  assert.equal(bridge.begun.length, 2)
  assert.equal(bridge.begun[0]?.browserKey, bridge.begun[1]?.browserKey)
  assert.deepEqual(bridge.answers, [
    { samlResponse: 'valid', relayState: 'key', browserKey: bridge.begun[0]?.browserKey },
  ])
})

test('a browser key that we did not make, or that came twice, counts as none', async () => {
  const { app, bridge } = stage()
  const key = 'A'.repeat(43)
  for (const cookie of [
    '__Host-rolebridge-signin=short',
    `__Host-rolebridge-signin=${key}; __Host-rolebridge-signin=${key}`,
  ]) {
    await signIn(app, cookie)
    assert.equal(bridge.answers.at(-1)?.browserKey, undefined)
  }
})

test('a sign-in takes a new session id, and the one before is worth nothing', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  const before = visitor.cookies.get('__Host-rolebridge') ?? ''
  await visitor.post('/saml/acs', { SAMLResponse: 'valid' })
  const after = visitor.cookies.get('__Host-rolebridge')
  assert.notEqual(after, before)
  const planted = await request(set.app).get('/').set('Cookie', `__Host-rolebridge=${before}`)
  assert.equal(planted.status, 303)
  assert.equal((await visitor.get('/')).status, 200)
})

test('a session id that an attacker made up is not taken over', async () => {
  const set = stage()
  const [cookie = ''] = cookiesOf((await signIn(set.app, '__Host-rolebridge=s%3Aplanted.forged')).headers)
  assert.doesNotMatch(cookie, /planted/)
})

test('the store learns neither the session id nor the person', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  const sid = /^s%3A([\w-]{43})/.exec(visitor.cookies.get('__Host-rolebridge') ?? '')?.[1] ?? '?'
  assert.ok(!set.sessions.ids().includes(sid))
  for await (const value of set.sessions.values()) {
    assert.deepEqual(Object.keys(value).sort(), ['csrf', 'sessionId'])
  }
  assert.equal(set.sessions.size(), 1)
})

test('a cookie signed with a retired secret still opens its session, one of a stranger does not', async () => {
  const old = stage({ secrets: ['old'] })
  const visitor = await signedIn(old)
  const cookie = `__Host-rolebridge=${visitor.cookies.get('__Host-rolebridge')}`
  const shared = { sessions: old.sessions, bridge: old.bridge }
  const rotated = stage({ ...shared, secrets: ['new', 'old'] })
  const stranger = stage({ ...shared, secrets: ['new'] })
  assert.equal((await request(rotated.app).get('/').set('Cookie', cookie)).status, 200)
  assert.equal((await request(stranger.app).get('/').set('Cookie', cookie)).status, 303)
})

test('an idle session ends, one in use goes on until the bridge ends it', async () => {
  const set = stage({ idle: 3600 })
  const idle = await signedIn(set)
  const busy = await signedIn(set)
  for (let hour = 0; hour < 7; hour++) {
    set.time.now += 3590_000
    assert.equal((await busy.get('/')).status, 200, `after ${hour + 1} hours`)
  }
  assert.equal((await idle.get('/')).status, 303)
  set.time.now += 3590_000
  await busy.get('/')
  set.time.now += 600_000
  assert.equal((await busy.get('/')).status, 303)
})

test('signing out ends the session at the bridge and in the browser', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  const cookie = `__Host-rolebridge=${visitor.cookies.get('__Host-rolebridge')}`
  const answer = await visitor.post('/sign-out', { csrf: visitor.csrf })
  assert.equal(answer.status, 303)
  assert.equal(answer.headers.location, '/signed-out')
  assert.match(cookiesOf(answer.headers).join(), /__Host-rolebridge=; Path=\/; Expires=Thu, 01 Jan 1970/)
  assert.equal(set.sessions.size(), 0)
  assert.equal((await request(set.app).get('/').set('Cookie', cookie)).status, 303)
})

test('a page that is still loading does not bring back a session that was signed out meanwhile', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  const entitlements = set.bridge.entitlements
  set.bridge.entitlements = (...ask) => {
    void (async () => {
      for (const id of set.sessions.ids()) await set.sessions.take(id)
    })()
    return entitlements(...ask)
  }
  await visitor.get('/')
  assert.equal(set.sessions.size(), 0)
})

test('health, metadata and public files open no session', async () => {
  const { app } = stage()
  for (const path of [
    '/healthz',
    '/readyz',
    '/saml/metadata',
    '/aws/metadata.xml',
    '/favicon.ico',
    '/signed-out',
    '/nothing',
  ]) {
    assert.deepEqual(cookiesOf((await request(app).get(path)).headers), [], path)
  }
})
