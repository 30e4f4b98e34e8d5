import assert from 'node:assert/strict'
import { test } from 'node:test'
import { safeReturnTo } from '../../src/web/guards/return-to.ts'
import { browser, stage } from './stage.ts'

const origin = 'https://aws.corp.example'

const evil = [
  '',
  'evil.example',
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '/\r\nSet-Cookie: a=b',
  '/\x00',
  '/.//evil.example',
  '/..//evil.example',
  '/a/..//evil.example',
  '/./\\evil.example',
  '/%2e//evil.example',
  '/%2e%2e//evil.example',
  'https://evil.example/',
  'https:/evil.example',
  'https:evil.example',
  'http://aws.corp.example/',
  'https://aws.corp.example@evil.example/',
  'javascript:alert(1)',
  'data:text/html,x',
  ' //evil.example',
  '/ok\\',
  '/%2fevil.example',
  '/a/..%2f..%2fconsole',
  '/%5cevil.example',
  '/%252e%252e/console',
  '/a%00',
  `/${'a'.repeat(3000)}`,
]

test('an address that is not plainly a local path becomes the front page', () => {
  for (const text of evil) assert.equal(safeReturnTo(text), '/', JSON.stringify(text))
  assert.equal(safeReturnTo(undefined), '/')
})

test('a page that would start the sign-in anew becomes the front page', () => {
  for (const text of [
    '/login',
    '/login?idp=okta',
    '/saml/acs',
    '/signed-out',
    '/a/../login',
    '/sign-out',
    '/LOGIN',
    '/Saml/acs',
    '/login/',
    '/x/%2e%2e/login',
  ]) {
    assert.equal(safeReturnTo(text), '/', text)
  }
})

test('a local path is kept with its query', () => {
  const links = [
    '/',
    '/explain?role=arn%3Aaws',
    '/console?account_id=1&role_name=a%2Fb',
    '/device?user_code=ABCD',
    '/logins',
  ]
  for (const text of links) assert.equal(safeReturnTo(text), text)
  assert.equal(safeReturnTo('/ä b'), '/%C3%A4%20b')
})

test('whatever comes out stays on our origin', () => {
  for (const text of evil) assert.equal(new URL(safeReturnTo(text), origin).origin, origin)
})

test('neither the sign-in link nor the bridge can send the browser elsewhere', async () => {
  const { app, bridge } = stage()
  const visitor = browser(app)
  await visitor.get(`/login?return_to=${encodeURIComponent('/.//evil.example')}`)
  assert.equal(bridge.begun[0]?.returnTo, '/')
  bridge.returnTo = '//evil.example'
  const answer = await visitor.post('/saml/acs', { SAMLResponse: 'valid' })
  assert.equal(answer.headers.location, '/')
})
