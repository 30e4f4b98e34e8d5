import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Router } from 'express'
import request from 'supertest'
import type { Route } from '../../src/web/index.ts'
import { signedIn, stage } from './stage.ts'

const broken: Route = () =>
  Router()
    .get('/broken', () => {
      throw new Error('the password of the store is hunter2')
    })
    .get('/api/v1/broken', () => {
      throw new Error('hunter2')
    })

test('an unexpected error shows a request id and nothing else; the log gets the error', async () => {
  const { app, failed, refused } = stage({}, [broken])
  const { status, text, headers } = await request(app).get('/broken').set('Accept', 'text/html')
  assert.equal(status, 500)
  assert.match(text, /Something went wrong on our side/)
  assert.doesNotMatch(text, /hunter2|Error|node_modules|\.ts/)
  assert.ok(text.includes(String(headers['x-request-id'])))
  assert.equal(failed.length, 1)
  assert.equal(failed[0]?.requestId, headers['x-request-id'])
  assert.match(String(failed[0]?.error), /hunter2/)
  assert.deepEqual(refused, [])
})

test('machines get a problem document', async () => {
  const { app } = stage({}, [broken])
  for (const ask of [
    request(app).get('/broken').set('Accept', 'application/json'),
    request(app).get('/api/v1/broken'),
  ]) {
    const { status, text, headers } = await ask
    assert.equal(status, 500)
    assert.match(String(headers['content-type']), /^application\/problem\+json/)
    assert.deepEqual(JSON.parse(text), {
      type: 'about:blank',
      title: 'Something went wrong on our side.',
      status: 500,
      code: 'internal',
      request_id: headers['x-request-id'],
    })
  }
})

test('an unknown address is a page, and so is an unreadable one', async () => {
  const { app } = stage()
  assert.match(
    (await request(app).get('/nothing').set('Accept', 'text/html')).text,
    /There is nothing at this address/,
  )
  const odd = await request(app).get('/public/%E0%A4%A/site.css').set('Accept', 'text/html')
  assert.equal(odd.status, 400)
  assert.match(odd.text, /could not be understood/)
})

test('an unknown address is that also while nobody can tell who asks', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  assert.match((await visitor.get('/nothing')).text, /Sign out/)
  set.sessions.get = async () => {
    throw new Error('connection refused')
  }
  const { status, text } = await visitor.get('/nothing')
  assert.equal(status, 404)
  assert.doesNotMatch(text, /Sign out/)
})

test('a form with too many fields or too long is refused', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  const many = Array.from({ length: 40 }, (_, i) => `f${i}=1`).join('&')
  assert.equal((await visitor.post('/portal/credentials', many)).status, 413)
  assert.equal((await visitor.post('/portal/credentials', `csrf=${'a'.repeat(20_000)}`)).status, 413)
})

test('a form that is compressed is not read: a small one could become any size', async () => {
  const set = stage()
  const { status } = await request(set.app)
    .post('/saml/acs')
    .set({ 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Encoding': 'gzip' })
    .serialize((body) => body)
    .send(gzipSync('SAMLResponse=valid') as unknown as string)
  assert.equal(status, 400)
  assert.deepEqual(set.bridge.answers, [])
})

test('a field that is longer than any of ours is refused', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  const link = '/console?account_id=111122223333&role_name=Admin&destination=/'
  assert.equal((await visitor.get(link + 'a'.repeat(2048))).status, 400)
  assert.deepEqual(set.bridge.consoles, [])
  assert.equal((await visitor.get(link + 'a'.repeat(2047))).status, 302)
})

test('what a browser says of itself is written down in 256 printable letters', async () => {
  const set = stage()
  await request(set.app)
    .post('/saml/acs')
    .set('User-Agent', `\u00e9${'x'.repeat(400)}`)
    .type('form')
    .send({ SAMLResponse: 'valid' })
  assert.equal(set.bridge.contexts[0]?.userAgent, `??${'x'.repeat(254)}`)
})

test('a store that fails shows an error instead of a page without session', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  set.sessions.get = async () => {
    throw new Error('connection refused')
  }
  assert.equal((await visitor.get('/')).status, 500)
  assert.match(String(set.failed[0]?.error), /connection refused/)
})

test('a sign-in whose session cannot be stored is no sign-in', async () => {
  const set = stage()
  set.sessions.put = async () => {
    throw new Error('disk full')
  }
  const answer = await request(set.app).post('/saml/acs').type('form').send({ SAMLResponse: 'valid' })
  assert.equal(answer.status, 500)
  assert.equal(answer.headers.location, undefined)
})

test('a page that is out stays out when its session cannot be prolonged; the log says so', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  set.sessions.update = async () => {
    throw new Error('disk full')
  }
  const { status, text } = await visitor.get('/')
  assert.equal(status, 200)
  assert.match(text, /<\/html>\s*$/)
  await new Promise(setImmediate)
  assert.match(String(set.failed[0]?.error), /disk full/)
})

test('a client that hangs up in the middle of its form is no error', async () => {
  const { app, failed, refused } = stage()
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const type = 'Content-Type: application/x-www-form-urlencoded'
  socket.write(`POST /saml/acs HTTP/1.1\r\nHost: a\r\n${type}\r\nContent-Length: 500\r\n\r\nSAMLResponse=`)
  const [incoming] = await once(server, 'request')
  const closed = new Promise((resolve) => incoming.on('error', () => {}).on('close', resolve))
  socket.destroy()
  await closed
  server.close()
  await once(server, 'close')
  assert.deepEqual([failed, refused], [[], []])
})

test('readiness follows the bridge and keeps the reason for the log', async () => {
  const { app, bridge, failed } = stage()
  assert.equal((await request(app).get('/readyz')).status, 200)
  bridge.fault = new Error('redis://10.0.0.5 refused')
  const { status, text } = await request(app).get('/readyz')
  assert.equal(status, 503)
  assert.equal(text, 'not ready\n')
  assert.match(String(failed[0]?.error), /10\.0\.0\.5/)
  assert.equal((await request(app).get('/healthz')).text, 'ok\n')
})

test('a provider that is missing does not take readiness from the others, and is named', async () => {
  const { app, bridge } = stage()
  bridge.without = ['adfs', 'okta']
  const { status, text } = await request(app).get('/readyz')
  assert.deepEqual([status, text], [200, 'ready, but without adfs, okta\n'])
})

test('metrics are answered to this machine, or to the addresses that are named', async () => {
  const metrics = async () => ({ contentType: 'text/plain', body: 'up 1\n' })
  const asked = async (from: readonly string[] | undefined, forwarded?: string) => {
    const { app } = stage({ trustProxy: 1, metrics, ...(from && { metricsFrom: from }) })
    const ask = request(app).get('/metrics')
    if (forwarded !== undefined) ask.set('X-Forwarded-For', forwarded)
    const { status, text } = await ask
    if (status === 403)
      assert.match(text, /^Metrics are answered to the addresses that metrics\.from names\.$/m)
    return status
  }
  assert.equal(await asked(undefined), 200)
  assert.equal(await asked(undefined, '203.0.113.7'), 403)
  assert.equal(await asked(undefined, '127.0.0.1, 203.0.113.7'), 403)
  assert.equal(await asked(undefined, 'unknown'), 400)
  assert.equal(await asked(['203.0.113.0/24'], '203.0.113.7'), 200)
  assert.equal(await asked(['203.0.113.0/24'], '203.0.114.7'), 403)
  assert.equal(await asked(['2001:db8::/32', '192.0.2.1'], '2001:db8::1'), 200)
  assert.equal(await asked(['2001:db8::/32', '192.0.2.1'], '::ffff:192.0.2.1'), 200)
  assert.equal(await asked(['203.0.113.0/24']), 403)
  assert.equal(await asked([]), 403)
})

test('metrics are there only when somebody provides them', async () => {
  assert.equal((await request(stage().app).get('/metrics')).status, 404)
  const { app } = stage({
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', body: 'up 1\n' }),
  })
  const { text, headers } = await request(app).get('/metrics')
  assert.equal(text, 'up 1\n')
  assert.match(String(headers['content-type']), /version=0\.0\.4/)
})

test('the hook learns the pattern of the route, never the query', async () => {
  const { app, answered } = stage()
  await request(app).get('/public/abc/nothing.css?token=x')
  await request(app).get('/made/up?token=x')
  assert.deepEqual(
    answered.map(({ route, status }) => [route, status]),
    [
      ['/public/:version/:name', 404],
      ['none', 404],
    ],
  )
})
