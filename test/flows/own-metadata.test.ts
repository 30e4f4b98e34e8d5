import assert from 'node:assert/strict'
import { createVerify, X509Certificate } from 'node:crypto'
import { renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { makeKeys } from '../keys.ts'
import { decodeEntities, Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'
import { until } from './until.ts'

/** What the bridge says of itself, as an importer reads it. */
async function ownMetadata(stage: Stage) {
  const xml = await (await fetch(`${stage.url}/saml/metadata`)).text()
  const certificates = (use: string) =>
    [...xml.matchAll(/<md:KeyDescriptor use="(\w+)">.*?<ds:X509Certificate>([^<]+)</g)]
      .filter(([, of]) => of === use)
      .map(([, , base64 = '']) => new X509Certificate(Buffer.from(base64, 'base64')))
  const flag = /AuthnRequestsSigned="(\w+)"/.exec(xml)?.[1]
  return { xml, flag, signing: certificates('signing'), encryption: certificates('encryption') }
}

const loginQuery = async (stage: Stage, idp: string) =>
  new URL((await new Person().get(`${stage.url}/login?idp=${idp}`)).location).search.slice(1)

describe('what the metadata says of requests is what is done', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage()
  })
  after(() => stage.close())

  test('with a key every request is signed, also where nobody demands it', async () => {
    const { flag, signing } = await ownMetadata(stage)
    assert.equal(flag, 'true')
    const [signed = '', signature = ''] = (await loginQuery(stage, 'demo')).split('&Signature=')
    assert.match(signed, /&SigAlg=/)
    const value = Buffer.from(decodeURIComponent(signature), 'base64')
    const key = signing.at(-1)?.publicKey
    assert.ok(key && createVerify('sha256').update(signed).verify(key, value))
  })

  test('one provider that gets unsigned requests makes the promise false', async () => {
    const quiet = await startStage({
      config: (yaml) =>
        yaml.replace(/identityProviders:/, (found) => {
          const { idp } = stage.world.urls
          return `${found}\n  quiet: { metadata: '${idp}/metadata', signRequests: false }`
        }),
    })
    try {
      assert.equal((await ownMetadata(quiet)).flag, 'false')
      assert.doesNotMatch(await loginQuery(quiet, 'quiet'), /Signature=/)
      assert.match(await loginQuery(quiet, 'demo'), /Signature=/)
    } finally {
      await quiet.close()
    }
  })

  test('it asks to be read again within the hour, so that rollovers need not wait for longer', async () => {
    assert.match((await ownMetadata(stage)).xml, /<md:EntityDescriptor[^>]* cacheDuration="PT1H"/)
  })

  test('it names the algorithms that open encrypted assertions', async () => {
    const { xml } = await ownMetadata(stage)
    const [, inside = ''] = /<md:KeyDescriptor use="encryption">(.*?)<\/md:KeyDescriptor>/.exec(xml) ?? []
    const methods = [...inside.matchAll(/<md:EncryptionMethod Algorithm="[^"]*#([^"]+)"/g)].map(
      ([, name]) => name,
    )
    assert.deepEqual(methods, ['aes256-gcm', 'aes192-gcm', 'aes128-gcm', 'rsa-oaep', 'rsa-oaep-mgf1p'])
  })
})

describe('during a rollover', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage()
  })
  after(() => stage.close())

  const place = (file: string) => join(dirname(stage.world.configFile), file)
  /** What `rolebridge keys rotate` writes. */
  async function makeNext(name: string): Promise<void> {
    const { key, cert } = await makeKeys(`${name} next`)
    writeFileSync(place(`${name}.next.pem`), key, { mode: 0o600 })
    writeFileSync(place(`${name}.next.crt`), cert)
  }
  function promote(name: string): void {
    for (const kind of ['pem', 'crt']) {
      renameSync(place(`${name}.${kind}`), place(`${name}.previous.${kind}`))
      renameSync(place(`${name}.next.${kind}`), place(`${name}.${kind}`))
    }
  }
  const names = (certificates: readonly X509Certificate[]) =>
    certificates.map(({ subject }) => subject.replace('CN=', ''))

  test('the signing key in use stands last, and one encryption certificate is offered', async () => {
    for (const name of ['sp-signing', 'sp-decryption']) await makeNext(name)
    const first = await ownMetadata(stage)
    await stage.restart()
    const next = await ownMetadata(stage)
    assert.equal(next.signing.length, 2)
    assert.match(names(next.signing)[0] ?? '', / next$/)
    assert.deepEqual(names(next.signing).slice(-1), names(first.signing))
    assert.deepEqual(names(next.encryption), names(first.encryption))

    for (const name of ['sp-signing', 'sp-decryption']) promote(name)
    await stage.restart()
    const promoted = await ownMetadata(stage)
    assert.deepEqual(names(promoted.signing), [...names(first.signing), 'sp-signing next'])
    assert.deepEqual(names(promoted.encryption), ['sp-decryption next'])
  })
})

describe('an identity provider that accepts only signed requests', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage()
  })
  after(() => stage.close())

  /** The demo's identity provider, by a file that says what Keycloak's realm says. */
  async function demandingStage(config: (yaml: string) => string): Promise<Stage> {
    const metadata = await (await fetch(`${stage.world.urls.idp}/metadata`)).text()
    const file = join(dirname(stage.world.configFile), 'demanding.xml')
    writeFileSync(file, metadata.replace('Signed="false"', 'Signed="true"'))
    return startStage({ config: (yaml) => config(yaml.replace(/metadata: .*/, `metadata: ${file}`)) })
  }

  test('is served when there is a key', async () => {
    const other = await demandingStage((yaml) => yaml)
    try {
      assert.match(await loginQuery(other, 'demo'), /Signature=/)
    } finally {
      await other.close()
    }
  })

  test('without a key the log says so at once, and the page tells whom to ask', async () => {
    const other = await demandingStage((yaml) => yaml.replace(/^ {2}signing(Key|Cert): sp-.*\n/gm, ''))
    try {
      const said = /demo accepts only signed requests .*set saml\.signingKey/
      await until(() => said.test(other.log.join('')))
      assert.match(String((await other.audit()).find(({ type }) => type === 'warning')?.message), said)
      const page = await new Person().get(`${other.url}/login`)
      assert.equal(page.status, 503)
      assert.match(decodeEntities(page.text), /accepts only signed requests/)
      assert.doesNotMatch(page.text, /could not be loaded/)
    } finally {
      await other.close()
    }
  })
})
