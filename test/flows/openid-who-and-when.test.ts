import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { after, before, beforeEach, describe, test } from 'node:test'
import { type Page, Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'
import { startWildProvider, type WildProvider } from './openid-provider.ts'
import { until } from './until.ts'

const entry = (issuer: string) =>
  `identityProviders:\n  wild: { kind: oidc, issuer: '${issuer}', clientId: bridge, clientSecret: 'a client secret' }\n`

describe('what an ID token says of who it is, and since when', () => {
  let wild: WildProvider
  let stage: Stage
  before(async () => {
    wild = await startWildProvider(() => stage.now())
    stage = await startStage({
      config: (yaml) => yaml.replace('identityProviders:\n', entry(wild.issuer)),
    })
  })
  beforeEach(() => {
    wild.claims = {}
    wild.userinfo = { sub: 'subject-1' }
  })
  after(async () => {
    await stage?.close()
    await wild?.close()
  })

  const signIn = async (person = new Person()): Promise<Page> =>
    person.follow(await person.get(`${stage.url}/login?idp=wild`))
  const refusal = async () => (await stage.audit()).findLast(({ type }) => type === 'sign_in_refused')
  async function configure(options: string, change = (yaml: string) => yaml): Promise<void> {
    const yaml = await readFile(stage.world.configFile, 'utf8')
    const changed = change(yaml).replace(/(a client secret').*$/m, `$1${options} }`)
    await writeFile(stage.world.configFile, changed)
    await stage.restart()
    await until(async () => /^ready$/m.test(await (await fetch(`${stage.url}/readyz`)).text()))
  }

  test('a time of signing in that lies ahead is refused, also where no age was asked for', async () => {
    wild.claims = { auth_time: Math.floor(stage.now() / 1000) + 3600 }
    assert.equal((await signIn()).status, 403)
    assert.equal((await refusal())?.code, 'not_yet_valid')
  })

  test('a logout token that names a session ends one of which the ID token named no session', async () => {
    const person = new Person()
    await signIn(person)
    const seconds = Math.floor(stage.now() / 1000)
    const token = wild.make({
      ...{ iss: wild.issuer, aud: 'bridge', sub: 'subject-1', sid: 'any', jti: 'once' },
      ...{ iat: seconds, exp: seconds + 120 },
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    })
    const body = new URLSearchParams({ logout_token: token })
    assert.equal((await fetch(`${stage.url}/oidc/backchannel-logout`, { method: 'POST', body })).status, 200)
    assert.notEqual((await person.get(`${stage.url}/`)).status, 200)
  })

  test('names of nested claims do not grow without bound', async () => {
    await configure(', userinfo: true')
    const many = Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`n${index}`, 'x']))
    wild.userinfo = { sub: 'subject-1', ['n'.repeat(60_000)]: many }
    const person = new Person()
    assert.equal((await signIn(person)).status, 200)
    assert.doesNotMatch((await person.get(`${stage.url}/`)).text, /nnnnnnnn/)
    wild.userinfo = { sub: 'subject-1', many }
    assert.ok((await signIn()).status >= 400)
    assert.match(String((await refusal())?.detail), /more than 1000 claims/)
  })

  test('a mapped name reads its own claim, never one that merely has the short name', async () => {
    await configure(', attributes: { groups: roles }')
    wild.claims = { roles: ['aws-444455556666-ReadOnly'] }
    assert.match((await signIn()).text, /444455556666/)
    for (const roles of [undefined, [], null, [null], {}]) {
      wild.claims = { roles }
      assert.doesNotMatch((await signIn()).text, /111122223333/, JSON.stringify(roles))
    }
  })

  test('an address counts as verified by true alone', async () => {
    await configure(', attributes: { user: email }')
    for (const email_verified of [false, 'False', 0, [true, false], 'no']) {
      wild.claims = { email: 'alice@corp.example', email_verified }
      assert.equal((await signIn()).status, 403, JSON.stringify(email_verified))
      assert.equal((await refusal())?.code, 'user_attribute')
    }
    for (const email_verified of [true, 'true', undefined]) {
      wild.claims = { email: 'alice@corp.example', email_verified }
      assert.equal((await signIn()).status, 200)
    }
  })

  test('a second factor has an age only where the provider says when it was used', async () => {
    await configure('', (yaml) =>
      yaml.replace(
        /^( +)grant:\n/m,
        "$1condition: { NumericLessThan: { 'bridge:MultiFactorAuthAge': '3600' } }\n$&",
      ),
    )
    wild.claims = { amr: ['mfa'], auth_time: Math.floor(stage.now() / 1000) - 60 }
    assert.match((await signIn()).text, /Credentials for Admin/)
    wild.claims = { amr: ['mfa'] }
    const { text } = await signIn()
    // Its button leads to a sign-in, and not to credentials.
    assert.doesNotMatch(text, /Credentials for Admin/)
    assert.match(text, /Locked right now/)
  })
})
