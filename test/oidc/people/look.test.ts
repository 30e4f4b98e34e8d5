import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { lookAtIssuer, openIdProviderOptions } from '../../../src/oidc/index.ts'

const issuer = 'https://id.corp.example'
const { publicKey } = generateKeyPairSync('ed25519')
const keys = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one' }] }
const whole = {
  issuer,
  jwks_uri: `${issuer}/jwks`,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
}

const look = (document: object, more: object = {}) =>
  lookAtIssuer('corp', openIdProviderOptions.parse({ kind: 'oidc', issuer, clientId: 'bridge', ...more }), {
    now: Date.UTC(2026, 0),
    openId: {},
    fetch: async (input) => new Response(JSON.stringify(String(input).endsWith('/jwks') ? keys : document)),
  })

test('check --live says what an issuer says of itself', async () => {
  assert.deepEqual(await look(whole), {
    ...{ provider: 'corp', source: `${issuer}/.well-known/openid-configuration` },
    ...{ issuer, keys: 1 },
  })
})

test('check --live says why nobody could sign in', async () => {
  const { token_endpoint: _, ...without } = whole
  assert.match((await look(without)).problem ?? '', /names no token_endpoint/)
  assert.match((await look(whole, { userinfo: true })).problem ?? '', /names no userinfo_endpoint/)
  assert.match(
    (await look({ ...whole, issuer: 'https://other.example' })).problem ?? '',
    /of the issuer https:\/\/other/,
  )
})

test('check --live says that providers which share an address must name themselves', async () => {
  const one = openIdProviderOptions.parse({ kind: 'oidc', issuer, clientId: 'bridge' })
  const lookAt = (document: object, openId: Record<string, typeof one>) =>
    lookAtIssuer('corp', one, {
      now: Date.UTC(2026, 0),
      openId,
      fetch: async (input) => new Response(JSON.stringify(String(input).endsWith('/jwks') ? keys : document)),
    })
  const named = { ...whole, authorization_response_iss_parameter_supported: true }
  assert.match((await lookAt(whole, { corp: one, other: one })).problem ?? '', /ownCallback: true/)
  assert.equal((await lookAt(named, { corp: one, other: one })).problem, undefined)
  assert.equal((await lookAt(whole, { corp: one, other: { ...one, ownCallback: true } })).problem, undefined)
})
