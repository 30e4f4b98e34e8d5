import assert from 'node:assert/strict'
import { test } from 'node:test'
import request from 'supertest'
import { stage } from './stage.ts'

/** What a sign-in recorded as the client's address, or the code of the refusal. */
async function seen(trustProxy: number, ...lines: string[]) {
  const { app, bridge, refused } = stage({ trustProxy })
  const ask = request(app).post('/saml/acs').type('form')
  if (lines.length > 0) ask.set('X-Forwarded-For', lines as unknown as string)
  const { status } = await ask.send({ SAMLResponse: 'valid' })
  if (status === 303) return bridge.contexts[0]?.sourceIp
  assert.equal(status, 400)
  return refused[0]?.code
}

test('the client’s address stands as far from the end as there are proxies, whatever stands before', async () => {
  assert.equal(await seen(1, '203.0.113.66, 198.51.100.7'), '198.51.100.7')
  assert.equal(await seen(2, '203.0.113.66, 198.51.100.7, 10.0.0.1'), '198.51.100.7')
  assert.equal(await seen(3, '203.0.113.66, 198.51.100.7, 10.0.0.1'), '203.0.113.66')
  assert.equal(await seen(1, '"><script>, unknown, 198.51.100.7'), '198.51.100.7')
  assert.equal(await seen(0, '203.0.113.66'), '127.0.0.1')
})

test('several lines of the header are read as one, in their order', async () => {
  assert.equal(await seen(1, '203.0.113.66', '198.51.100.7'), '198.51.100.7')
  assert.equal(await seen(2, '203.0.113.66, 198.51.100.7', '10.0.0.1'), '198.51.100.7')
})

test('a request with fewer entries than proxies is refused, not taken for the proxy’s own', async () => {
  assert.equal(await seen(1), 'client_address')
  assert.equal(await seen(1, ''), 'client_address')
  assert.equal(await seen(2, '198.51.100.7'), 'client_address')
  assert.equal(await seen(10, '198.51.100.7,'.repeat(8)), 'client_address')
})

test('an entry that no proxy should have written is refused, wherever it stands among theirs', async () => {
  for (const entry of [
    'unknown',
    '_hidden',
    '"><script>',
    '',
    '10.1',
    '010.1.2.3',
    '0x7f.0.0.1',
    '2130706433',
  ]) {
    assert.equal(await seen(1, `192.0.2.1, ${entry}`), 'client_address', entry)
    assert.equal(await seen(2, `192.0.2.1, ${entry}, 10.0.0.1`), 'client_address', entry)
    assert.equal(await seen(2, `192.0.2.1, 198.51.100.7, ${entry}`), 'client_address', entry)
  }
  for (const entry of [
    '[2001:db8::7',
    '2001:db8::7]',
    '[192.0.2.7]:',
    '192.0.2.7:http',
    '2001:db8::7%',
    '%eth0',
  ]) {
    assert.equal(await seen(1, entry), 'client_address', entry)
  }
})

test('ports, brackets and zones are no part of an address, and a mapped one is the one it maps', async () => {
  assert.equal(await seen(1, '198.51.100.7:50123'), '198.51.100.7')
  assert.equal(await seen(1, '[2001:DB8:0::7]:50123'), '2001:db8::7')
  assert.equal(await seen(1, '[2001:db8::7]'), '2001:db8::7')
  assert.equal(await seen(1, '2001:db8::7'), '2001:db8::7')
  assert.equal(await seen(1, 'fe80::1%eth0'), 'fe80::1')
  assert.equal(await seen(1, '::ffff:198.51.100.7'), '198.51.100.7')
  assert.equal(await seen(1, '::ffff:c633:6407'), '198.51.100.7')
})

test('the page and the log name the cause, the page without addresses', async () => {
  const { app, refused } = stage({ trustProxy: 2 })
  const page = await request(app).get('/').set('Accept', 'text/html').set('X-Forwarded-For', '198.51.100.7')
  assert.equal(page.status, 400)
  assert.match(page.text, /proxies in front do not fit the setting trustProxy/)
  assert.doesNotMatch(page.text, /127\.0\.0\.1|198\.51/)
  assert.match(
    refused[0]?.detail ?? '',
    /^trustProxy is 2, but X-Forwarded-For has 1 entry; asked from \S*127\.0\.0\.1$/,
  )
  const api = await request(app).get('/api/v1/me')
  assert.equal(api.status, 400)
  assert.equal(api.body.code, 'client_address')
})

test('health, readiness and metrics are asked past the proxies; nothing else is', async () => {
  const metrics = async () => ({ contentType: 'text/plain', body: 'up 1\n' })
  const { app } = stage({ trustProxy: 1, metrics })
  for (const path of ['/healthz', '/readyz', '/metrics']) {
    assert.equal((await request(app).get(path)).status, 200, path)
  }
  for (const path of [
    '/',
    '/login',
    '/favicon.ico',
    '/saml/metadata',
    '/healthz/..',
    '/nothing',
    '/signed-out',
  ]) {
    assert.equal((await request(app).get(path)).status, 400, path)
  }
})
