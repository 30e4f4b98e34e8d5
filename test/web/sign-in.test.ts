import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import request from 'supertest'
import { Refusal } from '../../src/core/index.ts'
import { browser, stage } from './stage.ts'

test('with one identity provider the sign-in goes straight there and comes back', async () => {
  const { app, bridge } = stage()
  const visitor = browser(app)
  const away = await visitor.get('/explain?role=x')
  assert.equal(away.status, 303)
  assert.equal(away.headers.location, '/login?return_to=%2Fexplain%3Frole%3Dx')
  const start = await visitor.get(String(away.headers.location))
  assert.equal(start.headers.location, 'https://idp.example/sso?SAMLRequest=abc')
  assert.equal(start.text, '')
  assert.equal(bridge.begun[0]?.returnTo, '/explain?role=x')
  assert.equal(bridge.begun[0]?.forceAuthn, false)
  bridge.returnTo = '/explain?role=x'
  const back = await visitor.post('/saml/acs', { SAMLResponse: 'valid' }, { Origin: 'https://idp.example' })
  assert.equal(back.status, 303)
  assert.equal(back.headers.location, '/explain?role=x')
})

test('HEAD starts no sign-in', async () => {
  const { app, bridge } = stage()
  const visitor = browser(app)
  const { status, headers } = await visitor.head('/login?return_to=%2Fexplain')
  assert.deepEqual([status, headers.allow, headers.location], [405, 'GET', undefined])
  assert.equal(bridge.begun.length, 0)
  assert.equal(visitor.cookies.size, 0)
})

test('with several, a chooser offers each by its label and keeps where to go', async () => {
  const { app, bridge } = stage()
  bridge.providers = [
    { name: 'okta', label: 'Okta <employees>' },
    { name: 'ad fs', label: 'AD FS' },
  ]
  const visitor = browser(app)
  const { text, status } = await visitor.get('/login?return_to=%2Fexplain')
  assert.equal(status, 200)
  assert.match(text, /Okta &lt;employees&gt;/)
  assert.match(text, /href="\/login\?idp=ad\+fs&amp;return_to=%2Fexplain"/)
  assert.equal(bridge.begun.length, 0)
  await visitor.get('/login?idp=ad+fs&return_to=%2Fexplain&force=1')
  assert.equal(bridge.begun[0]?.idp, 'ad fs')
  assert.equal(bridge.begun[0]?.forceAuthn, true)
})

test('an identity provider nobody configured is not found', async () => {
  const { app, bridge } = stage()
  const { status, text } = await request(app).get('/login?idp=__proto__').set('Accept', 'text/html')
  assert.equal(status, 404)
  assert.match(text, /There is no such identity provider/)
  assert.equal(bridge.begun.length, 0)
})

test('the POST binding is a form that posts itself, and a button where scripts do not run', async () => {
  const { app, bridge } = stage()
  const fields = { SAMLRequest: 'PHNhbWw+"<', RelayState: 'key' }
  bridge.start = { binding: 'post', url: 'https://idp.example/sso?a=1&b=2', fields }
  const { text, headers } = await request(app).get('/login')
  assert.match(text, /<form id="post" method="post" action="https:\/\/idp\.example\/sso\?a=1&amp;b=2">/)
  assert.match(text, /name="SAMLRequest" value="PHNhbWw\+&#34;&lt;"/)
  assert.match(text, /name="RelayState" value="key"/)
  assert.match(text, /<button class="primary" type="submit">Continue<\/button>/)
  assert.match(text, /<script type="module" src="\/public\/\w+\/post\.js"><\/script>/)
  assert.match(String(headers['set-cookie']), /__Host-rolebridge-signin=/)
})

test('refuses answers whose fields are missing, twice or not a form, before the bridge sees them', async () => {
  const { app, bridge, refused } = stage()
  const acs = () => request(app).post('/saml/acs').set('Accept', 'application/json')
  const form = (text: string) => acs().type('form').send(text)
  const cases = [
    [await form(''), 'malformed_message'],
    [await form('SAMLResponse='), 'malformed_message'],
    [await form('SAMLResponse=valid&SAMLResponse=other'), 'invalid_request'],
    [await form('SAMLResponse=valid&RelayState=a&RelayState=b'), 'invalid_request'],
    [await form('SAMLResponse[]=valid'), 'malformed_message'],
    [await acs().send({ SAMLResponse: 'valid' }), 'malformed_message'],
    [await acs().type('text/xml').send('<Response/>'), 'malformed_message'],
    [await acs().type('form').set('Content-Encoding', 'gzip').send('SAMLResponse=valid'), 'invalid_request'],
    [
      await acs().set('Content-Type', 'application/x-www-form-urlencoded; charset=utf-7').send('a=b'),
      'invalid_request',
    ],
  ] as const
  for (const [answer, code] of cases) {
    assert.equal(answer.status, 400)
    assert.equal(answer.body.code, code)
  }
  assert.deepEqual(bridge.answers, [])
  assert.equal(refused.length, cases.length)
})

test('takes an answer of the largest size and refuses one beyond with 413', async () => {
  const { app, bridge } = stage({ maxMessageSize: 50_000 })
  const base64 = randomBytes(50_000).toString('base64')
  await request(app).post('/saml/acs').type('form').send({ SAMLResponse: base64 })
  assert.equal(bridge.answers[0]?.samlResponse, base64)
  const large = await request(app)
    .post('/saml/acs')
    .set('Accept', 'text/html')
    .type('form')
    .send({ SAMLResponse: 'a'.repeat(100_000) })
  assert.equal(large.status, 413)
  assert.match(large.text, /That is too large/)
  assert.equal(bridge.answers.length, 1)
})

test('a refused answer shows the public sentence and a way to try again, never the detail', async () => {
  const { app, refused } = stage()
  const { status, text } = await browser(app).post(
    '/saml/acs',
    { SAMLResponse: 'forged' },
    { Origin: 'null' },
  )
  assert.equal(status, 403)
  assert.match(text, /Your identity provider’s answer was not accepted/)
  assert.match(text, /href="\/login\?return_to=%2F"/)
  assert.doesNotMatch(text, /secret|signature/)
  assert.equal(refused[0]?.code, 'signature_invalid')
  assert.ok(text.includes(refused[0]?.requestId ?? '?'))
})

test('a sign-in that was too old is tried again with a fresh proof', async () => {
  const { app, bridge } = stage()
  bridge.fault = new Refusal('authn_too_old', 'nine hours')
  const { text } = await browser(app).post('/saml/acs', { SAMLResponse: 'valid' })
  assert.match(text, /href="\/login\?return_to=%2F&amp;force=1"/)
})

test('the circumstances hold the address that the trusted proxy saw', async () => {
  const { app, bridge } = stage({ trustProxy: 1 })
  await request(app)
    .post('/saml/acs')
    .set('X-Forwarded-For', '203.0.113.66, ::ffff:198.51.100.7')
    .set('User-Agent', 'Mozilla\xe9 "<b>"')
    .type('form')
    .send({ SAMLResponse: 'valid' })
  assert.equal(bridge.contexts[0]?.sourceIp, '198.51.100.7')
  assert.equal(bridge.contexts[0]?.userAgent, 'Mozilla?? "<b>"')
  const direct = stage({ trustProxy: 0 })
  await request(direct.app)
    .post('/saml/acs')
    .set('X-Forwarded-For', '203.0.113.66')
    .type('form')
    .send({ SAMLResponse: 'valid' })
  assert.equal(direct.bridge.contexts[0]?.sourceIp, '127.0.0.1')
})

test('too many sign-ins from one address wait, those of others do not', async () => {
  const { app } = stage({ trustProxy: 1, limits: { signIns: 2, answers: 1 } })
  const login = (address: string) =>
    request(app).get('/login').set('Accept', 'text/html').set('X-Forwarded-For', address)
  assert.equal((await login('2001:db8:1:2::1')).status, 303)
  assert.equal((await login('2001:db8:1:2:ffff::9')).status, 303)
  const third = await login('2001:db8:1:2::3')
  assert.equal(third.status, 429)
  assert.match(String(third.headers['retry-after']), /^[1-9]\d?$/)
  assert.match(third.text, /Too many requests/)
  assert.equal((await login('2001:db8:1:3::1')).status, 303)
  const answer = () =>
    request(app)
      .post('/saml/acs')
      .set('X-Forwarded-For', '192.0.2.7')
      .type('form')
      .send({ SAMLResponse: 'valid' })
  assert.equal((await answer()).status, 303)
  assert.equal((await answer()).status, 429)
})

test('metadata is served as such, and passthrough has none for IAM', async () => {
  const { app, bridge } = stage()
  const sp = await request(app).get('/saml/metadata')
  assert.match(String(sp.headers['content-type']), /^application\/samlmetadata\+xml/)
  assert.equal((await request(app).get('/aws/metadata.xml')).status, 200)
  bridge.aws = undefined
  const none = await request(app).get('/aws/metadata.xml').set('Accept', 'text/html')
  assert.equal(none.status, 404)
  assert.match(none.text, /In passthrough mode IAM trusts the corporate identity provider/)
})

for (const code of ['replayed', 'in_response_to_mismatch'] as const) {
  test(`an answer that comes again is refused, and the page looks whether somebody is signed in: ${code}`, async () => {
    const set = stage()
    set.bridge.fault = new Refusal(code, 'again')
    const again = await browser(set.app).post('/saml/acs', { SAMLResponse: 'valid' })
    assert.equal(again.status, 403)
    assert.match(again.text, /\/back\.js"/)
    assert.match(again.text, /href="\/">Back to your roles/)
    set.bridge.fault = new Refusal('signature_invalid', 'forged')
    const forged = await browser(set.app).post('/saml/acs', { SAMLResponse: 'valid' })
    assert.doesNotMatch(forged.text, /back\.js/)
  })
}
