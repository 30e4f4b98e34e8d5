import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { makeKeys } from '../keys.ts'
import { Person } from '../person.ts'
import { acsUrl, idpEntityId, now, responseXml, sign, spEntityId, template } from '../saml/kit.ts'
import { type Stage, startStage } from '../stage.ts'
import { startWildProvider, type WildProvider } from './openid-provider.ts'
import { Program } from './program.ts'

// A realm of Keycloak is one issuer for everything: SAML, OpenID Connect, and accounts of services. Who is called
// `subject-1` by one of them need not be who is called so by another.

const name = 'subject-1'
type Keys = Awaited<ReturnType<typeof makeKeys>>

describe('one issuer that speaks three protocols', () => {
  let wild: WildProvider
  let stage: Stage
  let keys: Keys
  let folder: string
  before(async () => {
    wild = await startWildProvider(() => stage.now())
    keys = await makeKeys('realm')
    folder = await mkdtemp(join(tmpdir(), 'rolebridge-realm-'))
    const metadata = join(folder, 'realm.xml')
    await writeFile(metadata, samlMetadata(wild.issuer, keys.cert))
    const entries = `identityProviders:
  realm-saml: { metadata: '${metadata}', allowUnsolicited: true }
  realm-openid: { kind: oidc, issuer: '${wild.issuer}', clientId: bridge, clientSecret: 'a client secret', attributes: { user: sub } }
  realm-jobs: { kind: oidc-workload, issuer: '${wild.issuer}', audience: 'jobs' }
`
    stage = await startStage({ config: (yaml) => yaml.replace('identityProviders:\n', entries) })
  })
  after(async () => {
    await stage?.close()
    await wild?.close()
    await rm(folder, { recursive: true, force: true })
  })

  let made = 0
  async function samlAnswer(keys: Keys): Promise<string> {
    const plain = template()
    made += 1
    const xml = responseXml(
      template({
        responseAttributes: { ...plain.responseAttributes, ID: `_r${made}`, InResponseTo: undefined },
        assertionAttributes: { ...plain.assertionAttributes, ID: `_a${made}` },
        nameId: `<saml:NameID>${name}</saml:NameID>`,
        confirmation: plain.confirmation.replace(' InResponseTo="_request"', ''),
      }),
    )
    const here = xml
      .replaceAll(acsUrl, `${stage.url}/saml/acs`)
      .replaceAll(spEntityId, `${stage.url}/saml/metadata`)
      .replaceAll(idpEntityId, wild.issuer)
      .replace(/2026-01-15T1\d:[\d:.]+Z/g, (instant) =>
        new Date(Date.parse(instant) - now + stage.now()).toISOString(),
      )
    const privateKey = createPrivateKey(keys.key)
    const signed = sign(here, 'Assertion', { keys: { privateKey, publicKey: createPublicKey(privateKey) } })
    return Buffer.from(signed).toString('base64')
  }
  async function bySaml(): Promise<Person> {
    const person = new Person()
    const SAMLResponse = await samlAnswer(keys)
    await person.follow(await person.post(`${stage.url}/saml/acs`, { SAMLResponse }))
    assert.equal(await isIn(person), true, JSON.stringify((await stage.audit()).at(-1)))
    return person
  }
  async function byOpenId(): Promise<Person> {
    const person = new Person()
    await person.follow(await person.get(`${stage.url}/login?idp=realm-openid`))
    assert.equal(await isIn(person), true, JSON.stringify((await stage.audit()).at(-1)))
    return person
  }
  const seconds = () => Math.floor(stage.now() / 1000)
  const token = (claims: object) =>
    wild.make({ iss: wild.issuer, sub: name, iat: seconds(), exp: seconds() + 300, ...claims })
  async function byToken() {
    const cli = new Program(stage)
    const { status, body } = await cli.form('/oauth/token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: token({ aud: 'jobs' }),
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    })
    assert.equal(status, 200, JSON.stringify(body))
    return (path: string) => cli.api('GET', path, body.access_token)
  }
  const isIn = async (person: Person) => (await person.get(stage.url)).status === 200

  test('a logout by one ends no session of another’s person of the same name', async () => {
    const [saml, openId, job] = [await bySaml(), await byOpenId(), await byToken()]
    const logout_token = token({
      ...{ aud: 'bridge', jti: 'logout' },
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    })
    const body = new URLSearchParams({ logout_token })
    assert.equal((await fetch(`${stage.url}/oidc/backchannel-logout`, { method: 'POST', body })).status, 200)
    assert.equal(await isIn(openId), false)
    assert.equal(await isIn(saml), true)
    assert.equal((await job('/api/v1/me')).status, 200)
  })

  test('a logout finds a session by its sid, however long that is, and no other that begins alike', async () => {
    const sid = (end: string) => 'x'.repeat(1000) + end
    const people: Person[] = []
    for (const end of ['a', 'b']) {
      wild.claims = { sid: sid(end) }
      people.push(await byOpenId())
    }
    wild.claims = {}
    const logout_token = token({
      ...{ sub: undefined, aud: 'bridge', jti: 'long sid', sid: sid('a') },
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    })
    const body = new URLSearchParams({ logout_token })
    assert.equal((await fetch(`${stage.url}/oidc/backchannel-logout`, { method: 'POST', body })).status, 200)
    assert.deepEqual(await Promise.all(people.map(isIn)), [false, true])
  })

  test('nobody sees sessions or records of another’s person of the same name', async () => {
    await bySaml()
    await byOpenId()
    const job = await byToken()
    const kinds = (await job('/api/v1/sessions')).body.sessions.map(({ kind }: { kind: string }) => kind)
    assert.deepEqual(new Set(kinds), new Set(['workload']))
    const { records } = (await job('/api/v1/audit')).body
    assert.ok(records.length > 0)
    assert.deepEqual(new Set(records.map(({ idp }: { idp: string }) => idp)), new Set(['realm-jobs']))
  })

  test('what is refused stands in trail and metrics under the provider that it says to be of', async () => {
    const last = async () => {
      const { type, idp, code } = (await stage.audit()).at(-1) ?? {}
      return [type, idp, code]
    }
    const exchange = (subject_token: string) =>
      new Program(stage).form('/oauth/token', {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token,
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      })
    assert.equal((await exchange(token({ aud: 'others' }))).status, 400)
    assert.deepEqual(await last(), ['sign_in_refused', 'realm-jobs', 'workload_audience'])
    assert.equal((await exchange(token({ iss: 'https://nobody.example' }))).status, 400)
    assert.deepEqual(await last(), ['sign_in_refused', undefined, 'workload_issuer'])

    wild.claims = { nonce: 'another' }
    const person = new Person()
    await person.follow(await person.get(`${stage.url}/login?idp=realm-openid`))
    wild.claims = {}
    assert.deepEqual(await last(), ['sign_in_refused', 'realm-openid', 'nonce_mismatch'])
    const SAMLResponse = await samlAnswer(await makeKeys('somebody'))
    assert.equal((await new Person().post(`${stage.url}/saml/acs`, { SAMLResponse })).status, 403)
    assert.deepEqual(await last(), ['sign_in_refused', 'realm-saml', 'signature_invalid'])

    const body = new URLSearchParams({ logout_token: token({ aud: 'bridge', jti: 'no events' }) })
    assert.equal((await fetch(`${stage.url}/oidc/backchannel-logout`, { method: 'POST', body })).status, 400)
    assert.deepEqual(await last(), ['logout_refused', 'realm-openid', 'unexpected_structure'])

    const metrics = await (await fetch(`${stage.url}/metrics`)).text()
    assert.match(metrics, /^rolebridge_sign_ins_total\{idp="realm-jobs",result="workload_audience"\} 1$/m)
    assert.match(metrics, /^rolebridge_sign_ins_total\{idp="unknown",result="workload_issuer"\} 1$/m)
  })
})

function samlMetadata(entityId: string, cert: string): string {
  const certificate = cert.replace(/-----[A-Z ]+-----|\s/g, '')
  return (
    `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${entityId}">` +
    '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing">' +
    `<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>` +
    '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://realm.example/sso"/>' +
    '</md:IDPSSODescriptor></md:EntityDescriptor>'
  )
}
