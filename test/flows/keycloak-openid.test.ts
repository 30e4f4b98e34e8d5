import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Page, Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'
import { type Keycloak, noKeycloak, startKeycloak } from './keycloak-server.ts'
import { until } from './until.ts'

// A real Keycloak by OpenID Connect, by the guide: what an administrator does is done by its administration API.

const groups = {
  name: 'groups',
  protocol: 'openid-connect',
  protocolMapper: 'oidc-group-membership-mapper',
  config: { 'claim.name': 'groups', 'full.path': 'false', 'id.token.claim': 'true' },
}

describe('Keycloak signs people in by OpenID Connect', { skip: noKeycloak }, () => {
  let keycloak: Keycloak
  let stage: Stage

  before(async () => {
    keycloak = await startKeycloak()
    const entry = `identityProviders:
  keycloak:
    kind: oidc
    issuer: ${keycloak.realm}
    clientId: rolebridge
    clientSecret: a-secret-of-the-client
    attributes: { user: email }
    maxAuthnAge: 8h
`
    stage = await startStage({ config: (yaml) => yaml.replace('identityProviders:\n', entry) })
    await keycloak.createClient({
      clientId: 'rolebridge',
      protocol: 'openid-connect',
      secret: 'a-secret-of-the-client',
      publicClient: false,
      redirectUris: [`${stage.url}/oidc/callback`],
      attributes: {
        'post.logout.redirect.uris': `${stage.url}/oidc/signed-out`,
        'pkce.code.challenge.method': 'S256',
        'backchannel.logout.url': `${stage.url}/oidc/backchannel-logout`,
        'backchannel.logout.session.required': 'true',
      },
      protocolMappers: [groups],
    })
    await until(async () => /^ready$/m.test(await (await fetch(`${stage.url}/readyz`)).text()))
  })
  after(async () => {
    await stage?.close()
    await keycloak?.close()
  })

  const last = async (type: string) => (await stage.audit()).findLast((event) => event.type === type)
  const start = (person: Person) =>
    person.get(`${stage.url}/login?idp=keycloak`).then((page) => person.follow(page))
  async function signIn(person: Person): Promise<Page> {
    const login = await start(person)
    const portal = await person.follow(await person.submit(login, { username: 'alice', password: 'alice' }))
    assert.equal(portal.status, 200, JSON.stringify(await last('sign_in_refused')))
    return portal
  }

  test('who it is, and the role that a group opens', async () => {
    assert.match((await signIn(new Person())).text, /111122223333/)
    const event = await last('sign_in')
    assert.deepEqual(
      [event?.user, event?.idp, event?.issuer],
      ['alice@corp.example', 'keycloak', keycloak.realm],
    )
  })

  test('signing out here signs out there, and it confirms that', async () => {
    const alice = new Person()
    const portal = await signIn(alice)
    const carrier = await alice.submit(
      portal,
      {},
      portal.forms.findIndex(({ action }) => action.includes('sign-out')),
    )
    const leave = carrier.forms.findIndex(({ fields }) => fields.id_token_hint)
    const done = await alice.follow(await alice.submit(carrier, {}, leave))
    assert.match(done.text, /identity provider signed you out as well/)
    assert.match((await start(alice)).text, /name="password"/)
  })

  test('signing out there ends the session here, without the browser', async () => {
    const alice = new Person()
    await signIn(alice)
    const asked = await alice.follow(await alice.get(`${keycloak.realm}/protocol/openid-connect/logout`))
    await alice.follow(await alice.submit(asked))
    assert.match(
      (await alice.get(`${stage.url}/`)).location,
      /^\/login/,
      JSON.stringify(await last('logout_refused')),
    )
    assert.equal((await last('sign_out'))?.reason, 'identity_provider')
  })

  test('a fresh sign-in, when it is asked for', async () => {
    const alice = new Person()
    await signIn(alice)
    const login = await alice.follow(await alice.get(`${stage.url}/login?idp=keycloak&force=1`))
    assert.match(login.text, /name="password"/)
    const portal = await alice.follow(await alice.submit(login, { password: 'alice' }))
    assert.equal(portal.status, 200, JSON.stringify(await last('sign_in_refused')))
  })
})
