import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { makeKeys } from '../keys.ts'
import { Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'
import { type MetadataServer, startMetadataServer } from './metadata-server.ts'
import { until } from './until.ts'

/** The identity provider's metadata, and the same from before it changed its key. */
async function metadataOf(stage: Stage) {
  const current = await (await fetch(`${stage.world.urls.idp}/metadata`)).text()
  const { cert } = await makeKeys('before')
  const other = cert.replace(/-----[A-Z ]+-----|\s/g, '')
  return { current, before: current.replace(/(<ds:X509Certificate>)[^<]+/, `$1${other}`) }
}

describe('an identity provider that changes its key while the bridge runs', () => {
  let stage: Stage
  let server: MetadataServer
  let metadata: Awaited<ReturnType<typeof metadataOf>>
  before(async () => {
    server = await startMetadataServer()
    stage = await startStage({ config: (yaml) => yaml.replace(/metadata: .*/, `metadata: ${server.url}`) })
    metadata = await metadataOf(stage)
    server.answer = { status: 200, body: metadata.before }
    await stage.restart()
    await until(async () => (await fetch(`${stage.url}/readyz`)).ok)
  })
  after(async () => {
    await stage?.close()
    server?.close()
  })

  const signIn = () => new Person().signIn(stage.url, 'alice')
  const refusal = async () => (await stage.audit()).findLast(({ type }) => String(type).endsWith('_refused'))

  test('an answer by a key that its metadata does not have is refused, after one look a minute', async () => {
    const asked = server.asked()
    const refused = await Promise.all(Array.from({ length: 5 }, signIn))
    assert.deepEqual(new Set(refused.map(({ status }) => status)), new Set([403]))
    assert.equal((await refusal())?.code, 'signature_invalid')
    assert.equal(server.asked(), asked + 1)
    // Half a minute of reserve: the clock of the stage goes on while a busy machine signs people in.
    stage.advance(30)
    assert.equal((await signIn()).status, 403)
    assert.equal(server.asked(), asked + 1)
  })

  test('a minute later its metadata is looked at again, and who waited is signed in', async () => {
    server.answer = { status: 200, body: metadata.current }
    assert.equal((await signIn()).status, 403)
    stage.advance(31)
    const asked = server.asked()
    assert.match((await signIn()).text, /production/)
    assert.equal(server.asked(), asked + 1)
    assert.match((await signIn()).text, /production/)
    assert.equal(server.asked(), asked + 1)
  })

  test('what was changed on the way stays refused, whatever the metadata says', async () => {
    stage.advance(61)
    const eve = new Person()
    const login = await eve.follow(await eve.get(`${stage.url}/`))
    const answer = await eve.submit(login, { username: 'alice', password: 'alice' })
    const [form] = answer.forms
    const xml = Buffer.from(form?.fields.SAMLResponse ?? '', 'base64').toString('utf8')
    const SAMLResponse = Buffer.from(xml.replaceAll('alice@', 'admin@')).toString('base64')
    assert.notEqual(form?.fields.SAMLResponse, SAMLResponse)
    assert.equal((await eve.submit(answer, { SAMLResponse })).status, 403)
    assert.equal((await refusal())?.code, 'signature_invalid')
  })

  test('its logout is understood as well', async () => {
    const alice = new Person()
    await alice.signIn(stage.url, 'alice')
    // A look finds the key of before, so that the next message is by a key that the bridge does not have.
    stage.advance(61)
    server.answer = { status: 200, body: metadata.before }
    const tampered = await alice.get(`${stage.world.urls.idp}/logout`)
    await alice.get(tampered.location.replace('SigAlg=', 'RelayState=x&SigAlg='))
    server.answer = { status: 200, body: metadata.current }
    stage.advance(61)
    const arrived = await alice.follow(await alice.get(tampered.location))
    assert.match(arrived.text, /no longer remembers you/)
    assert.notEqual((await alice.get(stage.url)).status, 200)
  })
})

describe('an identity provider that was down at the start', () => {
  let stage: Stage
  let server: MetadataServer
  before(async () => {
    server = await startMetadataServer()
    stage = await startStage({ config: (yaml) => yaml.replace(/metadata: .*/, `metadata: ${server.url}`) })
  })
  after(async () => {
    await stage?.close()
    server?.close()
  })

  test('is looked at by the next sign-in, once for all who come', async () => {
    await until(() => server.asked() > 0)
    const { current } = await metadataOf(stage)
    server.answer = { status: 200, body: current }
    const all = await Promise.all(
      Array.from({ length: 5 }, () => new Person().get(`${stage.url}/login?idp=demo`)),
    )
    assert.deepEqual(new Set(all.map(({ status }) => status)), new Set([303]))
    assert.equal(server.asked(), 2)
  })
})
