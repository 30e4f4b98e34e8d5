import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRegistrations } from '../../src/oauth/index.ts'
import { fakeClock } from '../store/conformance.ts'

const time = fakeClock()
const open = (secrets: readonly string[]) =>
  createRegistrations({
    secrets,
    clock: time.clock,
    kind: 'aws-sso',
    grantTypes: ['authorization_code', 'refresh_token'],
    scopes: ['sso:account:access'],
  })
const registrations = open(['a secret of this test'])
const metadata = {
  clientName: 'aws-cli',
  grantTypes: ['authorization_code'],
  redirectUris: ['http://127.0.0.1/callback'],
  scopes: [],
}

for (const [what, change, oauth] of [
  ['no name', { clientName: ' \u202e ' }, 'invalid_client_metadata'],
  ['a name of 129 letters', { clientName: 'a'.repeat(129) }, 'invalid_client_metadata'],
  ['a grant that is not offered', { grantTypes: ['password'] }, 'unsupported_grant_type'],
  ['a scope that is not offered', { scopes: ['admin'] }, 'invalid_scope'],
  ['an address elsewhere', { redirectUris: ['http://127.0.0.1.evil.example/'] }, 'invalid_redirect_uri'],
  [
    'an address without end',
    { redirectUris: [`http://127.0.0.1/${'a'.repeat(250)}`] },
    'invalid_redirect_uri',
  ],
  ['the code grant without an address', { redirectUris: [] }, 'invalid_redirect_uri'],
  [
    'more than an address carries',
    { redirectUris: Array(6).fill(`http://127.0.0.1/${'a'.repeat(200)}`) },
    'invalid_client_metadata',
  ],
] as const)
  test(`a client with ${what} is not registered`, () => {
    assert.throws(() => registrations.register({ ...metadata, ...change } as typeof metadata), { oauth })
  })

test('a registration is what was signed, by its secret, for ninety days', () => {
  const { clientId, clientSecret } = registrations.register(metadata)
  assert.equal(registrations.authenticate(clientId, clientSecret).name, 'aws-cli')
  const other = registrations.register({ ...metadata, clientName: 'another' })
  const invalid = { oauth: 'invalid_client' }
  assert.throws(() => registrations.authenticate(clientId, other.clientSecret), invalid)
  const [payload = '', mac] = clientId.slice('rbi_'.length).split('.')
  const richer = Buffer.from(payload, 'base64url').toString().replace('"scopes":[]', '"scopes":["x"]')
  for (const id of [
    `rbi_${Buffer.from(richer).toString('base64url')}.${mac}`,
    `rbi_${payload}.${other.clientId.split('.')[1]}`,
    `rbi_${payload}.${clientSecret}`,
    'rolebridge-cli',
    '',
  ])
    assert.throws(() => registrations.authenticate(id, clientSecret), invalid, id)
  assert.throws(() => open(['another secret']).authenticate(clientId, clientSecret), invalid)
  assert.ok(open(['another secret', 'a secret of this test']).authenticate(clientId, clientSecret))
  time.advance(90 * 86_400_000 - 1)
  assert.ok(registrations.find(clientId))
  time.advance(1)
  assert.equal(registrations.find(clientId), undefined)
})

test('a browser is sent only to the address that was registered, at any port', () => {
  const allows = (redirect: string, uri: string) => {
    const { clientId } = registrations.register({ ...metadata, redirectUris: [redirect] })
    return registrations.find(clientId)?.allowsRedirect(uri)
  }
  for (const [redirect, uri, allowed] of [
    ['http://127.0.0.1/callback', 'http://127.0.0.1:4711/callback', true],
    ['http://127.0.0.1:1/callback', 'http://127.0.0.1:4711/callback', true],
    ['http://127.0.0.1', 'http://127.0.0.1:4711/any', true],
    ['http://127.0.0.1/callback', 'http://127.0.0.1:4711/other', false],
    ['http://127.0.0.1/callback', 'http://localhost:4711/callback', false],
    ['http://127.0.0.1/callback', 'http://127.0.0.1/callback', false],
    ['http://127.0.0.1/callback', 'http://127.0.0.1:99999/callback', false],
  ] as const)
    assert.equal(allows(redirect, uri), allowed, uri)
})

test('registrations need a secret that is one', () => {
  assert.throws(() => open([]), TypeError)
  assert.throws(() => open(['']), TypeError)
})
