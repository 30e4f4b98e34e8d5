import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { test } from 'node:test'
import { type Collection, Refusal } from '../../../src/core/index.ts'
import type { IssuerSource } from '../../../src/oidc/issuer/issuer-source.ts'
import { readKeySet } from '../../../src/oidc/issuer/key-set.ts'
import { proveSigned, readSignedToken } from '../../../src/oidc/issuer/signed-token.ts'
import { beginCodeFlow } from '../../../src/oidc/people/begin.ts'
import { checkAnswer, consumeState, readParameters } from '../../../src/oidc/people/callback.ts'
import { judgeIdToken } from '../../../src/oidc/people/id-token.ts'
import { identityOf } from '../../../src/oidc/people/identity.ts'
import { judgeLogoutToken } from '../../../src/oidc/people/logout.ts'
import { openIdProviderOptions } from '../../../src/oidc/people/options.ts'
import {
  type PendingCode,
  type Provider,
  type RelyingPartyOptions,
  tokenRules,
} from '../../../src/oidc/people/parts.ts'

// Each check by itself, at the edges of what it lets pass.

const issuer = 'https://id.corp.example'
const now = Date.UTC(2026, 0)
const seconds = now / 1000
const time = { now, skew: 60_000 }
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'one' }
const discovery = { issuer, jwks_uri: `${issuer}/jwks`, authorization_endpoint: `${issuer}/authorize` }
const source = {
  current: () => ({ discovery, keys: readKeySet(JSON.stringify({ keys: [jwk] })) }),
  age: () => 0,
  lookAgain: async () => {},
} as unknown as IssuerSource

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
function token(claims: object, header: object = {}): string {
  const text = `${part({ alg: 'RS256', kid: 'one', ...header })}.${part(claims)}`
  return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`
}
const options = (more: object = {}) =>
  openIdProviderOptions.parse({ kind: 'oidc', issuer, clientId: 'bridge', ...more })
const pending = (more: Partial<PendingCode> = {}): PendingCode => ({
  ...{ provider: 'corp', returnTo: '/', browser: hash('key'), nonce: 'nonce', verifier: 'v' },
  ...{ forceAuthn: false, createdAt: now - 10_000, ...more },
})
const claims = (more: object = {}) => ({
  ...{ iss: issuer, aud: 'bridge', sub: 'subject-1', iat: seconds, exp: seconds + 300, nonce: 'nonce' },
  ...more,
})
const judge = (more: object = {}, wanted: object = {}, asked: Partial<PendingCode> = {}) =>
  judgeIdToken(claims(more), options(wanted), pending(asked), time)

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

function memory<T>(): Collection<T> {
  const kept = new Map<string, T>()
  return {
    get: async (id: string) => kept.get(id),
    put: async (id: string, value: T) => void kept.set(id, value),
    putIfAbsent: async (id: string, value: T) => !kept.has(id) && kept.set(id, value) !== undefined,
    take: async (id: string) => {
      const value = kept.get(id)
      kept.delete(id)
      return value
    },
  } as unknown as Collection<T>
}

const codeOf = async (act: () => unknown): Promise<string> => {
  try {
    await act()
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
  return 'accepted'
}
async function verdicts(cases: readonly (readonly [code: string, act: () => unknown])[]): Promise<void> {
  for (const [index, [code, act]] of cases.entries()) assert.equal(await codeOf(act), code, `case ${index}`)
}

test('the claims of an ID token', async () => {
  await verdicts([
    ['accepted', () => judge()],
    ['unknown_issuer', () => judge({ iss: `${issuer}/` })],
    ['audience_mismatch', () => judge({ aud: 'other' })],
    ['audience_mismatch', () => judge({ aud: ['bridge', 7], azp: 'bridge' })],
    ['audience_mismatch', () => judge({ azp: 'other' })],
    ['audience_mismatch', () => judge({ aud: ['bridge', 'other'] })],
    ['accepted', () => judge({ aud: ['bridge', 'other'], azp: 'bridge' })],
    ['expired', () => judge({ exp: seconds - 60 })],
    ['accepted', () => judge({ exp: seconds - 59 })],
    ['not_yet_valid', () => judge({ iat: seconds + 61 })],
    ['accepted', () => judge({ iat: seconds + 60 })],
    ['not_yet_valid', () => judge({ nbf: seconds + 61 })],
    ['malformed_message', () => judge({ exp: 'soon' })],
    ['malformed_message', () => judge({ iat: undefined })],
    ['malformed_message', () => judge({ exp: 1e12 })],
    ['nonce_mismatch', () => judge({ nonce: undefined })],
    ['nonce_mismatch', () => judge({ nonce: 'other' })],
    ['malformed_message', () => judge({ sub: '' })],
    ['malformed_message', () => judge({ auth_time: 'yesterday' })],
  ])
})

test('how long ago, how strong', async () => {
  const hour = { maxAuthnAge: '1h' }
  const fresh = { forceAuthn: true }
  await verdicts([
    ['authn_too_old', () => judge({}, hour)],
    ['authn_too_old', () => judge({ auth_time: seconds - 3661 }, hour)],
    ['accepted', () => judge({ auth_time: seconds - 3660 }, hour)],
    ['not_yet_valid', () => judge({ auth_time: seconds + 61 }, hour)],
    ['authn_too_old', () => judge({}, {}, fresh)],
    ['authn_too_old', () => judge({ auth_time: seconds - 71 }, {}, fresh)],
    ['accepted', () => judge({ auth_time: seconds - 70 }, {}, fresh)],
    ['authn_context', () => judge({}, { acrValues: ['gold'] })],
    ['authn_context', () => judge({ acr: 'silver' }, { acrValues: ['gold'] })],
    ['accepted', () => judge({ acr: 'gold' }, { acrValues: ['gold'] })],
  ])
  assert.equal(judge({ amr: ['pwd'] }).mfa, false)
  assert.equal(judge({ amr: ['pwd', 'mfa'] }).mfa, true)
  assert.equal(judge({ amr: 'mfa' }).mfa, false)
  assert.equal(judge({ acr: 'gold' }, { mfaContexts: ['gold'] }).mfa, true)
  assert.equal(judge({ acr: 'gold' }).mfa, false)
})

test('who it is', async () => {
  const who = (more: object, wanted: object = {}) =>
    identityOf('corp', claims(more), judge(), options(wanted))
  assert.equal(who({}).user, 'subject-1')
  assert.equal(
    who({ preferred_username: 'alice', email: 'a@corp.example', email_verified: true }).user,
    'alice',
  )
  assert.equal(who({ email: 'a@corp.example', email_verified: true }).user, 'a@corp.example')
  assert.equal(who({ email: 'a@corp.example' }).user, 'subject-1')
  const email = { attributes: { user: 'email' } }
  await verdicts([
    ['user_attribute', () => who({}, email)],
    ['user_attribute', () => who({ email: ['a', 'b'] }, email)],
    ['user_attribute', () => who({ email: 'a@corp.example', email_verified: false }, email)],
    ['user_attribute', () => who({ email: 'a@corp.example', email_verified: 'false' }, email)],
    ['user_attribute', () => who({ preferred_username: 'a\nb' })],
    ['user_attribute', () => who({ preferred_username: 'a'.repeat(257) })],
    ['attribute_overage', () => who({ _claim_names: { groups: 'src1' } })],
    ['attribute_overage', () => who({ _claim_names: { teams: 'src1' } }, { attributes: { teams: 'teams' } })],
    ['attribute_overage', () => who({ hasgroups: true })],
    ['duplicate_claim', () => who({ 'a.b': 'x', a: { b: 'y' } })],
    ['accepted', () => who({ _claim_names: { address: 'src1' } })],
    ['accepted', () => who({ _claim_names: { groups: 'src1' }, groups: ['by userinfo'] })],
  ])
})

test('claims become attributes: lists of text, blocks by their path, nothing of the token itself', () => {
  const { attributes } = identityOf(
    'corp',
    claims({
      ...{ groups: ['a', 7, null, {}], admin: true, realm_access: { roles: ['r'] }, jti: 'x' },
      ...JSON.parse('{"__proto__":{"groups":["stolen"]}}'),
      deep: { a: { b: { c: { d: 'too deep' } } } },
    }),
    judge(),
    options({ attributes: { roles: 'realm_access.roles', lost: 'not.there' } }),
  )
  assert.deepEqual(attributes, {
    ...{ sub: ['subject-1'], groups: ['a', '7'], admin: ['true'], 'realm_access.roles': ['r'], roles: ['r'] },
    // A name that is mapped is there without values, so that nothing else can come under it.
    lost: [],
  })
})

test('what is signed, and how', async () => {
  const proven = (text: string) => async () =>
    proveSigned(readSignedToken(text, tokenRules), { source, codes: tokenRules.codes })
  const [head = '', body = '', signature = ''] = token(claims()).split('.')
  await verdicts([
    ['accepted', proven(token(claims()))],
    ['signature_invalid', proven(`${head}.${part(claims({ sub: 'other' }))}.${signature}`)],
    ['signature_algorithm', proven(`${part({ alg: 'none', kid: 'one' })}.${body}.`)],
    ['signature_algorithm', proven(token(claims(), { alg: 'HS256' }))],
    ['signature_missing', proven(`${head}.${body}.`)],
    ['unknown_key', proven(token(claims(), { kid: 'two' }))],
    ['unknown_key', proven(token(claims(), { kid: undefined }))],
    ['unknown_key', proven(token(claims(), { alg: 'ES256' }))],
    ['malformed_message', proven(token(claims(), { crit: ['b64'], b64: false }))],
    ['malformed_message', proven(`${head}=.${body}.${signature}`)],
    ['malformed_message', proven(`${head}.${body}`)],
    ['malformed_message', proven(`${head}.${body}.${signature}.`)],
    ['malformed_message', proven(token(claims({ filler: 'a'.repeat(100_000) })))],
    ['duplicate_claim', proven(`${head}.${Buffer.from('{"a":1,"\\u0061":2}').toString('base64url')}.AAAA`)],
    ['malformed_message', proven(`${head}.${Buffer.from('[]').toString('base64url')}.AAAA`)],
  ])
})

test('what the browser comes back with', async () => {
  const answer =
    (query: string, supported = false, path = '/oidc/callback', sharesCallback = false) =>
    () =>
      checkAnswer(
        readParameters(query),
        path,
        { callback: '/oidc/callback', sharesCallback },
        {
          ...discovery,
          authorization_response_iss_parameter_supported: supported,
        },
      )
  const iss = `iss=${encodeURIComponent(issuer)}`
  await verdicts([
    ['accepted', answer('code=c')],
    ['accepted', answer(`code=c&${iss}`, true)],
    ['unknown_issuer', answer('code=c&iss=https://other.example')],
    ['unknown_issuer', answer('code=c', true)],
    ['unknown_issuer', answer('code=c', false, '/oidc/callback/other')],
    ['unknown_issuer', answer('code=c', false, '/oidc/callback', true)],
    ['accepted', answer(`code=c&${iss}`, false, '/oidc/callback', true)],
    ['status_not_success', answer('error=access_denied')],
    ['status_not_success', answer('code=c&error=')],
    ['malformed_message', answer('')],
    ['malformed_message', answer('code=a&code=b')],
    ['malformed_message', answer(`code=${'c'.repeat(16_000)}`)],
  ])
})

test('a state is of the browser that holds the key, and counts once', async () => {
  const kept = memory<PendingCode>()
  await kept.put('s', pending())
  const consume = (query: string, key?: string) => () =>
    consumeState(readParameters(query), key, { pending: kept })
  await verdicts([
    ['state_mismatch', consume('code=c', 'key')],
    ['state_mismatch', consume('state=other', 'key')],
    ['state_mismatch', consume('state=s')],
    ['state_mismatch', consume('state=s', 'other')],
    ['accepted', consume('state=s', 'key')],
    ['state_mismatch', consume('state=s', 'key')],
  ])
  await kept.put('s', pending())
  const both = await Promise.all([1, 2].map(() => codeOf(consume('state=s', 'key'))))
  assert.deepEqual(both.sort(), ['accepted', 'state_mismatch'])
})

test('a sign-in is asked for with state, nonce and the digest of a verifier that stays here', async () => {
  const kept = memory<PendingCode>()
  const parts = { baseUrl: 'https://aws.corp.example', pending: kept, clock: () => now, random: randomBytes }
  const provider = (more: object) => ({
    ...{ name: 'corp', options: options(more), proof: {}, source },
    ...{ callback: '/oidc/callback', sharesCallback: false },
  })
  const begin = async (more: object, forceAuthn = false) => {
    const ask = { idp: 'corp', returnTo: '/', browserKey: 'key', forceAuthn }
    const { url } = await beginCodeFlow(ask, provider(more), parts as unknown as RelyingPartyOptions)
    return new URL(url).searchParams
  }
  const asked = await begin({ scopes: ['groups'], maxAuthnAge: '1h', acrValues: ['a', 'b'] })
  const remembered = await kept.get(asked.get('state') ?? '')
  assert.equal(asked.get('code_challenge'), hash(remembered?.verifier ?? ''))
  assert.equal(asked.get('code_challenge_method'), 'S256')
  assert.equal(asked.get('nonce'), remembered?.nonce)
  assert.equal(asked.get('scope'), 'openid groups')
  assert.deepEqual(
    [asked.get('max_age'), asked.get('acr_values'), asked.get('prompt')],
    ['3600', 'a b', null],
  )
  const forced = await begin({}, true)
  assert.deepEqual([forced.get('max_age'), forced.get('prompt')], ['0', 'login'])
})

test('a logout token', async () => {
  const event = 'http://schemas.openid.net/event/backchannel-logout'
  const kept = { replays: memory<{ usedAt: number }>(), subjects: memory<{ nameId: string }>() }
  const provider = { name: 'corp', options: options(), proof: {}, source } as Provider
  let count = 0
  const logout = (more: object = {}, header: object = {}) => {
    const told = { ...claims({ nonce: undefined }), jti: `j${count++}`, events: { [event]: {} }, ...more }
    return () => judgeLogoutToken(token(told, header), [provider], time, kept)
  }
  await verdicts([
    ['accepted', logout()],
    ['accepted', logout({}, { typ: 'logout+jwt' })],
    ['accepted', logout({ jti: 'twice' })],
    ['replayed', logout({ jti: 'twice' })],
    ['unexpected_structure', logout({}, { typ: 'at+jwt' })],
    ['unexpected_structure', logout({ nonce: 'nonce' })],
    ['unexpected_structure', logout({ events: {} })],
    ['unexpected_structure', logout({ events: { [event]: true } })],
    ['unexpected_structure', logout({ jti: undefined })],
    ['unexpected_structure', logout({ sub: undefined })],
    ['unknown_issuer', logout({ iss: 'https://other.example' })],
    ['audience_mismatch', logout({ aud: 'other' })],
    ['expired', logout({ exp: seconds - 60 })],
    ['unknown_key', logout({}, { kid: 'two' })],
  ])
  await kept.subjects.put(`${issuer}\ns1`, { nameId: 'subject-9' })
  assert.deepEqual(await logout({ sub: undefined, sid: 's1' })(), {
    issuer,
    ...{ protocol: 'openid', nameId: 'subject-9' },
    sessionIndex: 's1',
  })
})
