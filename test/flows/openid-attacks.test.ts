import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { type Page, Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'
import { part, signedByPublicKey, startWildProvider, type WildProvider } from './openid-provider.ts'
import { until } from './until.ts'

const entry = (issuer: string) =>
  `identityProviders:\n  wild: { kind: oidc, issuer: '${issuer}', clientId: bridge, clientSecret: 'a client secret' }\n`

describe('an OpenID provider, or who pretends to be one', () => {
  let wild: WildProvider
  let stage: Stage
  let offset = 0
  before(async () => {
    wild = await startWildProvider(() => Date.now() + offset)
    stage = await startStage({
      config: (yaml) => yaml.replace('identityProviders:\n', entry(wild.issuer)),
    })
  })
  beforeEach(() => {
    Object.assign(wild, {
      claims: {},
      header: {},
      forge: undefined,
      answer: undefined,
      redirect: {},
      jwks: undefined,
    })
    wild.discovery = {}
    wild.userinfo = { sub: 'subject-1' }
  })
  after(async () => {
    await stage?.close()
    await wild?.close()
  })

  const signIn = async (person = new Person()): Promise<Page> =>
    person.follow(await person.get(`${stage.url}/login?idp=wild`))
  const last = async (type: string) => (await stage.audit()).findLast((event) => event.type === type)
  async function refused(code: string, detail?: RegExp): Promise<void> {
    const page = await signIn()
    const event = await last('sign_in_refused')
    assert.ok(page.status >= 400, `${page.status} ${page.url}`)
    assert.equal(event?.code, code, String(event?.detail))
    if (detail) assert.match(String(event?.detail), detail)
    assert.ok(!page.text.includes(String(event?.detail)), 'the page says what is for the trail')
  }
  async function accepted(): Promise<void> {
    const page = await signIn()
    assert.equal(page.status, 200, JSON.stringify(await last('sign_in_refused')))
  }
  /** Restarts the bridge with other options of the provider. */
  async function configure(options: string): Promise<void> {
    const yaml = await readFile(stage.world.configFile, 'utf8')
    await writeFile(stage.world.configFile, yaml.replace(/(a client secret').*$/m, `$1${options} }`))
    await stage.restart()
    await until(async () => /^ready$/m.test(await (await fetch(`${stage.url}/readyz`)).text()))
  }

  test('one who does all right signs people in', accepted)

  test('sends PKCE, state, nonce, and proves itself at the token endpoint', async () => {
    await accepted()
    const { authorization, body } = wild.redeemed.at(-1) ?? {}
    assert.match(authorization ?? '', /^Basic /)
    assert.match(body?.get('code_verifier') ?? '', /^[\w-]{43}$/)
    assert.equal(body?.get('redirect_uri'), `${stage.url}/oidc/callback`)
  })

  test('alg none', async () => {
    for (const signature of ['', 'AAAA']) {
      wild.forge = (claims) => `${part({ alg: 'none', kid: 'one' })}.${part(claims)}.${signature}`
      await refused('signature_algorithm', /alg "none"/)
    }
  })
  test('HS256 with the public key for a secret', async () => {
    wild.forge = (claims) => signedByPublicKey(wild.publicPem, claims, 'one')
    await refused('signature_algorithm', /HS256/)
  })
  test('a signature of nobody', async () => {
    wild.forge = (claims) => `${wild.make(claims).split('.').slice(0, 2).join('.')}.`
    await refused('signature_missing')
  })
  test('a signature of somebody else under the kid of the issuer', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    wild.forge = (claims) => wild.make(claims, {}, privateKey)
    await refused('signature_invalid')
  })
  test('a key that the token brings along', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const jwk = publicKey.export({ format: 'jwk' })
    wild.forge = (claims) => wild.make(claims, { jwk, kid: 'one' }, privateKey)
    await refused('signature_invalid')
    wild.forge = (claims) => wild.make(claims, { jwk, kid: undefined }, privateKey)
    await refused('unknown_key')
  })
  test('another algorithm than the key is for', async () => {
    wild.header = { alg: 'RS512' }
    await refused('unknown_key', /RS512/)
  })
  test('a kid that is not there, for which the issuer is asked again once a minute', async () => {
    wild.header = { kid: 'two' }
    stage.advance(61)
    offset += 61_000
    const before = wild.asked.get('/jwks') ?? 0
    for (let tries = 0; tries < 4; tries++) await refused('unknown_key', /"two"/)
    assert.equal((wild.asked.get('/jwks') ?? 0) - before, 1)
  })
  test('a critical extension', async () => {
    wild.header = { crit: ['exp'] }
    await refused('malformed_message', /crit/)
  })
  test('claims that are there twice', async () => {
    wild.forge = (claims) => {
      const body = JSON.stringify(claims).replace('{', '{"sub":"somebody-else",')
      return resign(wild, body)
    }
    await refused('duplicate_claim')
    // An escape is another spelling of the same key.
    wild.forge = (claims) =>
      resign(wild, JSON.stringify(claims).replace('{', '{"s\\u0075b":"somebody-else",'))
    await refused('duplicate_claim')
  })
  test('another spelling of base64', async () => {
    wild.forge = (claims) => `${wild.make(claims)}=`
    await refused('signature_invalid')
    wild.forge = (claims) => wild.make(claims).replace('.', '=.')
    await refused('malformed_message')
  })

  test('another issuer', async () => {
    wild.claims = { iss: `${wild.issuer}/` }
    await refused('unknown_issuer')
  })
  test('another audience, or one of several without a word of whom it is for', async () => {
    for (const aud of ['other', ['other'], [], undefined, ['bridge', 'other'], 'bridge ', ['bridge', 7]]) {
      wild.claims = { aud }
      await refused('audience_mismatch')
    }
    wild.claims = { azp: 'other' }
    await refused('audience_mismatch', /azp/)
    wild.claims = { aud: ['bridge', 'other'], azp: 'bridge' }
    await accepted()
  })
  test('the nonce of another sign-in, or none', async () => {
    for (const nonce of ['other', undefined, null, 7, '']) {
      wild.claims = { nonce }
      await refused('nonce_mismatch')
    }
  })
  test('expired, from the future, or of no time at all', async () => {
    const now = Math.floor((Date.now() + offset) / 1000)
    wild.claims = { exp: now - 61 }
    await refused('expired')
    wild.claims = { exp: now - 30 }
    await accepted()
    wild.claims = { iat: now + 120, exp: now + 300 }
    await refused('not_yet_valid', /iat/)
    wild.claims = { nbf: now + 120 }
    await refused('not_yet_valid', /nbf/)
    for (const exp of [undefined, String(now + 300), null, 1e300, -1]) {
      wild.claims = { exp }
      await refused('malformed_message', /exp/)
    }
  })
  test('a subject that is none', async () => {
    for (const sub of [undefined, '', 7, 'a'.repeat(256), 'sübject', ['subject-1']]) {
      wild.claims = { sub }
      await refused('malformed_message', /sub/)
    }
  })
  test('groups that are only pointed at, as Entra ID does beyond two hundred', async () => {
    for (const claims of [{ _claim_names: { groups: 'src1' } }, { hasgroups: true }, { hasgroups: 'true' }]) {
      wild.claims = { groups: undefined, ...claims }
      await refused('attribute_overage', /groupMembershipClaims: ApplicationGroup/)
    }
  })

  test('an answer of another issuer (mix-up)', async () => {
    wild.redirect = { iss: 'https://other.example' }
    await refused('unknown_issuer', /other\.example/)
  })
  test('an answer that says no', async () => {
    wild.redirect = { code: undefined, error: 'access_denied', error_description: 'not today' }
    await refused('status_not_success', /access_denied.*not today/)
  })
  test('an answer without state, or with another', async () => {
    for (const state of [undefined, 'other']) {
      wild.redirect = { state }
      await refused('state_mismatch')
    }
  })
  test('an answer in which something is twice', async () => {
    const person = new Person()
    const start = await person.get(`${stage.url}/login?idp=wild`)
    const back = await person.get(start.location)
    const page = await person.get(`${back.location}&code=other`)
    assert.equal(page.status, 400)
    assert.equal((await last('sign_in_refused'))?.code, 'malformed_message')
  })
  test('a token endpoint that refuses the code, redirects, or says nonsense', async () => {
    wild.answer = { status: 400, body: '{"error":"invalid_grant"}' }
    await refused('code_refused', /400: "invalid_grant"/)
    wild.answer = { status: 302, body: '' }
    await refused('identity_provider_unavailable', /redirects/)
    for (const body of ['no json', '[]', '{}', '{"id_token":7}', '{"id_token":"a","id_token":"b"}']) {
      wild.answer = { status: 200, body }
      await refused('malformed_message')
    }
    wild.answer = { status: 200, body: JSON.stringify({ filler: 'x'.repeat(600_000) }) }
    await refused('identity_provider_unavailable', /larger than/)
  })
  test('what openid-client alone objects to: an answer without token_type', async () => {
    const person = new Person()
    const start = await person.get(`${stage.url}/login?idp=wild`)
    const back = await person.get(start.location)
    const nonce = new URL(start.location).searchParams.get('nonce')
    const seconds = Math.floor((Date.now() + offset) / 1000)
    const claims = { iss: wild.issuer, aud: 'bridge', sub: 'a', iat: seconds, exp: seconds + 300, nonce }
    wild.answer = { status: 200, body: JSON.stringify({ id_token: wild.make(claims), access_token: 'a' }) }
    assert.equal((await person.get(back.location)).status, 403)
    assert.equal((await last('sign_in_refused'))?.code, 'verifiers_disagree')
  })

  describe('logout tokens', () => {
    const event = 'http://schemas.openid.net/event/backchannel-logout'
    let count = 0
    const claims = (changes: Record<string, unknown> = {}) => {
      const seconds = Math.floor((Date.now() + offset) / 1000)
      return {
        ...{ iss: wild.issuer, aud: 'bridge', sub: 'subject-1', iat: seconds, exp: seconds + 120 },
        ...{ jti: `jti-${count++}`, events: { [event]: {} }, ...changes },
      }
    }
    const send = (token: string) =>
      fetch(`${stage.url}/oidc/backchannel-logout`, {
        method: 'POST',
        body: new URLSearchParams({ logout_token: token }),
      })
    async function refusedLogout(token: string, code: string): Promise<void> {
      const response = await send(token)
      assert.equal(response.status, 400)
      assert.equal(((await response.json()) as { error: string }).error, 'invalid_request')
      const told = await last('logout_refused')
      assert.equal(told?.code, code, String(told?.detail))
    }
    const isIn = async (person: Person) => (await person.get(`${stage.url}/`)).status === 200

    test('end what they name: a person, a session of theirs, a session alone', async () => {
      for (const changes of [{}, { sid: 's1' }, { sub: undefined, sid: 's1' }]) {
        const person = new Person()
        wild.claims = { sid: 's1' }
        await signIn(person)
        assert.ok(await isIn(person))
        const response = await send(wild.make(claims(changes), { typ: 'logout+jwt' }))
        assert.equal(response.status, 200, JSON.stringify(await last('logout_refused')))
        assert.equal(response.headers.get('cache-control'), 'no-store')
        assert.ok(!(await isIn(person)), JSON.stringify(changes))
      }
    })
    test('leave the other sessions of the person alone when they name one', async () => {
      const person = new Person()
      wild.claims = { sid: 's1' }
      await signIn(person)
      assert.equal((await send(wild.make(claims({ sid: 's2' })))).status, 200)
      assert.equal((await send(wild.make(claims({ sub: undefined, sid: 's2' })))).status, 200)
      assert.ok(await isIn(person))
    })
    test('count once', async () => {
      const token = wild.make(claims())
      assert.equal((await send(token)).status, 200)
      await refusedLogout(token, 'replayed')
    })
    test('are no ID tokens, and ID tokens are none of them', async () => {
      await refusedLogout(wild.make(claims({ nonce: 'n' })), 'unexpected_structure')
      await refusedLogout(wild.make(claims({ events: undefined })), 'unexpected_structure')
      await refusedLogout(wild.make(claims({ events: { [event]: true } })), 'unexpected_structure')
      await refusedLogout(wild.make(claims(), { typ: 'at+jwt' }), 'unexpected_structure')
      await refusedLogout(wild.make(claims({ jti: undefined })), 'unexpected_structure')
      await refusedLogout(wild.make(claims({ sub: undefined })), 'unexpected_structure')
    })
    test('are of the issuer, for us, and of now', async () => {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
      await refusedLogout(wild.make(claims(), {}, privateKey), 'signature_invalid')
      await refusedLogout(wild.make(claims({ iss: 'https://other.example' })), 'unknown_issuer')
      await refusedLogout(wild.make(claims({ aud: 'other' })), 'audience_mismatch')
      await refusedLogout(wild.make(claims({ exp: 1 })), 'expired')
      await refusedLogout(wild.make(claims({ exp: undefined })), 'malformed_message')
      await refusedLogout(`${part({ alg: 'none' })}.${part(claims())}.`, 'signature_algorithm')
      await refusedLogout('nonsense', 'malformed_message')
    })
    test('are there at all', async () => {
      const response = await fetch(`${stage.url}/oidc/backchannel-logout`, { method: 'POST' })
      assert.equal(response.status, 400)
    })
  })

  describe('with more asked for', () => {
    test('userinfo: its groups count, but never those of another person', async () => {
      await configure(', userinfo: true')
      wild.claims = { groups: undefined }
      wild.userinfo = { sub: 'subject-1', groups: ['aws-444455556666-ReadOnly'] }
      assert.match((await signIn()).text, /444455556666/)
      wild.userinfo = { sub: 'subject-2', groups: ['aws-444455556666-ReadOnly'] }
      await refused('subject_mismatch')
      // What is signed wins over what is said.
      wild.claims = { groups: [] }
      wild.userinfo = { sub: 'subject-1', groups: ['aws-444455556666-ReadOnly'] }
      assert.doesNotMatch((await signIn()).text, /444455556666/)
    })
    test('acr: the one that was asked for must come back', async () => {
      await configure(', acrValues: [gold], mfaContexts: [gold]')
      for (const acr of [undefined, 'silver', ['gold']]) {
        wild.claims = { acr }
        await refused('authn_context')
      }
      wild.claims = { acr: 'gold' }
      await accepted()
      const event = await last('sign_in')
      assert.equal(event?.mfa, true)
    })
    test('an age: a provider that does not tell it is refused, and one that is over', async () => {
      await configure(', maxAuthnAge: 1h')
      const now = Math.floor((Date.now() + offset) / 1000)
      await refused('authn_too_old', /auth_time/)
      wild.claims = { auth_time: now - 3700 }
      await refused('authn_too_old')
      wild.claims = { auth_time: now + 120 }
      await refused('not_yet_valid')
      wild.claims = { auth_time: now - 3000 }
      await accepted()
    })
    test('a claim that names the person: one, and no unverified address', async () => {
      await configure(', attributes: { user: email }')
      await refused('user_attribute', /no value/)
      wild.claims = { email: ['a@corp.example', 'b@corp.example'] }
      await refused('user_attribute', /several/)
      wild.claims = { email: 'alice@corp.example', email_verified: false }
      await refused('user_attribute', /not verified/)
      wild.claims = { email: 'alice@corp.example' }
      await accepted()
      assert.equal((await last('sign_in'))?.user, 'alice@corp.example')
    })
    test('a key instead of a secret: signed requests, and no secret in them', async () => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const file = join(dirname(stage.world.configFile), 'client.pem')
      await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
      const yaml = await readFile(stage.world.configFile, 'utf8')
      await writeFile(
        stage.world.configFile,
        yaml.replace(/clientSecret: 'a client secret'.*$/m, 'clientKey: client.pem, clientKeyId: mine }'),
      )
      await stage.restart()
      await accepted()
      const { authorization, body } = wild.redeemed.at(-1) ?? {}
      assert.equal(authorization, undefined)
      const [header = ''] = (body?.get('client_assertion') ?? '').split('.')
      const { alg, kid } = JSON.parse(Buffer.from(header, 'base64url').toString())
      assert.deepEqual([alg, kid], ['ES256', 'mine'])
    })
  })
})

/** Signs a body as it is written, not as an object would be. */
function resign(wild: WildProvider, body: string): string {
  const text = `${part({ alg: 'RS256', kid: 'one' })}.${part(body)}`
  return `${text}.${sign('sha256', Buffer.from(text), wild.key).toString('base64url')}`
}
