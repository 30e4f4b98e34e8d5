import assert from 'node:assert/strict'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { makeKeys } from '../keys.ts'
import { type Page, Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'
import { type Keycloak, noKeycloak, startKeycloak } from './keycloak-server.ts'
import { until } from './until.ts'

// A real Keycloak, by the example configuration and the guide: what an administrator does at each step is done here by
// Keycloak's own administration API, what a person does by its pages.

/** The mappers of the guide. */
const mappers = [
  {
    name: 'groups',
    protocol: 'saml',
    protocolMapper: 'saml-group-membership-mapper',
    config: { 'attribute.name': 'groups', 'full.path': 'false', single: 'true' },
  },
  {
    name: 'email',
    protocol: 'saml',
    protocolMapper: 'saml-user-property-mapper',
    config: { 'attribute.name': 'email', 'user.attribute': 'email' },
  },
]

/** The example, with addresses of this test instead of its own, and a trail that the test can read. */
function asInTheExample(demo: string, keycloak: string): string {
  const value = (key: string) => new RegExp(`^ *${key}: (.*)$`, 'm').exec(demo)?.[1] ?? ''
  const file = join(import.meta.dirname, '../../examples/keycloak.yaml')
  return readFileSync(file, 'utf8')
    .replaceAll('http://localhost:8180', keycloak)
    .replaceAll('http://localhost:8080', value('baseUrl'))
    .replace('127.0.0.1:8080', value('listen'))
    .replace('${ROLEBRIDGE_SECRET}', value('secret'))
    .replace(
      'aws:\n',
      `audit: { stdout: false, file: audit.jsonl }\naws:\n  stsEndpoint: ${value('stsEndpoint')}\n`,
    )
    .replaceAll('certs/', '')
}

describe('Keycloak signs people in', { skip: noKeycloak }, () => {
  let keycloak: Keycloak
  let stage: Stage
  const clientId = () => `${stage.url}/saml/metadata`
  const place = (file: string) => join(dirname(stage.world.configFile), file)
  const ownMetadata = async () => (await fetch(clientId())).text()

  before(async () => {
    keycloak = await startKeycloak()
    stage = await startStage({ config: (demo) => asInTheExample(demo, keycloak.url) })
    const client = await keycloak.readMetadata(await ownMetadata())
    await keycloak.createClient({ ...client, protocolMappers: mappers })
    await until(async () => (await fetch(`${stage.url}/readyz`)).ok)
  })
  after(async () => {
    await stage?.close()
    await keycloak?.close()
  })

  /** Restarts the bridge with a changed configuration. */
  async function configure(change: (yaml: string) => string): Promise<void> {
    writeFileSync(stage.world.configFile, change(readFileSync(stage.world.configFile, 'utf8')))
    await restart()
  }
  async function restart(): Promise<void> {
    await stage.restart()
    await until(async () => (await fetch(`${stage.url}/readyz`)).ok)
  }

  /** From any page on: types name and password where Keycloak asks, and posts its answer to the bridge. */
  async function signIn(person: Person, start: Page): Promise<Page> {
    const login = await person.follow(start)
    const answer = login.forms[0]?.fields.SAMLResponse
      ? login
      : await person.follow(await person.submit(login, { username: 'alice', password: 'alice' }))
    assert.ok(answer.forms[0]?.fields.SAMLResponse, `no answer at ${answer.url}: ${readable(answer)}`)
    return person.follow(await person.submit(answer))
  }
  async function assertSignsIn(person = new Person()): Promise<Page> {
    const portal = await signIn(person, await person.get(`${stage.url}/login`))
    assert.equal(portal.status, 200, readable(portal))
    assert.match(portal.text, /111122223333/)
    return portal
  }
  const lastSignIn = async () => (await stage.audit()).findLast(({ type }) => type === 'sign_in')
  const asksForPassword = async (person: Person) =>
    /name="password"/.test((await person.follow(await person.get(`${stage.url}/login`))).text)

  /** Goes where a browser goes by itself, by redirects, refreshes and forms that post themselves, until it is done. */
  async function carryOn(person: Person, start: Page, done: (page: Page) => boolean): Promise<Page> {
    let page = await person.follow(start)
    for (let hops = 0; hops < 8 && !done(page); hops++) {
      const link = /url=(.*)$/.exec(page.headers.get('refresh') ?? '')?.[1]
      page = await person.follow(link === undefined ? await person.submit(page) : await person.get(link))
    }
    return page
  }
  function signOut(person: Person, portal: Page): Promise<Page> {
    const form = portal.forms.findIndex(({ action }) => action.includes('sign-out'))
    const ours = ({ url }: Page) => url.endsWith('/signed-out')
    return person.submit(portal, {}, form).then((page) => carryOn(person, page, ours))
  }

  test('by the example: who it is, and the role that a group opens', async () => {
    await assertSignsIn()
    const event = await lastSignIn()
    assert.deepEqual([event?.user, event?.idp, event?.unsolicited], ['alice@corp.example', 'keycloak', false])
  })

  test('signing out here signs out there, and it confirms that', async () => {
    const alice = new Person()
    const done = await signOut(alice, await assertSignsIn(alice))
    assert.match(done.text, /identity provider signed you out as well/, readable(done))
    assert.equal(await asksForPassword(alice), true)
  })

  test('signing out there signs out here', async () => {
    const alice = new Person()
    await assertSignsIn(alice)
    const asked = await alice.follow(await alice.get(`${keycloak.realm}/protocol/openid-connect/logout`))
    await carryOn(alice, await alice.submit(asked), ({ forms, headers, status }) =>
      Boolean(status === 200 && !forms[0]?.fields.SAMLRequest && !headers.get('refresh')),
    )
    assert.equal(await asksForPassword(alice), true)
    const event = (await stage.audit()).findLast(({ type }) => type === 'sign_out')
    assert.equal(event?.reason, 'identity_provider')
  })

  test('from its tile, with assertions encrypted for us', async () => {
    await configure((yaml) =>
      yaml
        .replace('label: Keycloak', 'label: Keycloak\n    allowUnsolicited: true')
        .replace('saml:\n', 'saml:\n  decryptionKeys: [sp-decryption.pem]\n'),
    )
    const { attributes } = await keycloak.readMetadata(await ownMetadata())
    await keycloak.setAttributes(clientId(), { ...attributes, saml_idp_initiated_sso_url_name: 'aws' })
    const alice = new Person()
    const portal = await signIn(alice, await alice.get(`${keycloak.realm}/protocol/saml/clients/aws`))
    assert.match(portal.text, /111122223333/, readable(portal))
    assert.equal((await lastSignIn())?.unsolicited, true)
  })

  /** The three commands of `rolebridge keys rotate`. */
  async function rotate(name: string, step: 'begin' | 'promote' | 'finish'): Promise<void> {
    const file = (ending: string, kind: string) => place(`${name}${ending}.${kind}`)
    if (step === 'begin') {
      const { key, cert } = await makeKeys(`${name} ${Math.random()}`)
      writeFileSync(file('.next', 'pem'), key, { mode: 0o600 })
      writeFileSync(file('.next', 'crt'), cert)
    }
    for (const kind of ['pem', 'crt']) {
      if (step === 'promote') renameSync(file('', kind), file('.previous', kind))
      if (step === 'promote') renameSync(file('.next', kind), file('', kind))
      if (step === 'finish') rmSync(file('.previous', kind))
    }
  }
  async function importAgain(): Promise<void> {
    const { attributes } = await keycloak.readMetadata(await ownMetadata())
    await keycloak.setAttributes(clientId(), attributes)
  }
  /** Sign-in and both kinds of signed messages of ours: a request, a logout. */
  async function assertAllWorks(): Promise<void> {
    const alice = new Person()
    const done = await signOut(alice, await assertSignsIn(alice))
    assert.match(done.text, /identity provider signed you out as well/, readable(done))
  }

  test('through a rollover of the decryption key, whether it looks at our metadata early or late', async () => {
    for (const step of ['begin', 'promote'] as const) {
      await rotate('sp-decryption', step)
      await restart()
      await assertAllWorks()
      await importAgain()
      await assertAllWorks()
    }
    await rotate('sp-decryption', 'finish')
    await restart()
    await assertAllWorks()
  })

  test('through a rollover of the signing key by metadata file, imported again after each restart', async () => {
    await rotate('sp-signing', 'begin')
    await restart()
    await assertAllWorks()
    await importAgain()
    await assertAllWorks()
    await rotate('sp-signing', 'promote')
    await restart()
    await importAgain()
    await assertAllWorks()
    await rotate('sp-signing', 'finish')
    await restart()
    await assertAllWorks()
  })

  test('through a rollover of both keys by metadata URL, with nothing to do there but to wait', async () => {
    await keycloak.setAttributes(clientId(), {
      'saml.useMetadataDescriptorUrl': 'true',
      'saml.metadataDescriptorUrl': clientId(),
    })
    await assertAllWorks()
    for (const step of ['begin', 'promote', 'finish'] as const) {
      for (const name of ['sp-signing', 'sp-decryption']) await rotate(name, step)
      await restart()
      await assertAllWorks()
      // An hour passes, as our metadata says and the guide asks for.
      await keycloak.forgetKeys()
      await assertAllWorks()
    }
  })
})

/** The words of a page, for a message. */
function readable({ text }: Page): string {
  return text
    .replace(/<(script|style)\b.*?<\/\1>|<[^>]*>/gs, ' ')
    .replace(/\s+/g, ' ')
    .slice(0, 400)
}
