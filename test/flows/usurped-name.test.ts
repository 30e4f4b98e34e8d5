import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { makeKeys } from '../keys.ts'
import { Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'
import { type MetadataServer, startMetadataServer } from './metadata-server.ts'
import { until } from './until.ts'

describe('a provider whose metadata bears the entity ID of another', () => {
  let stage: Stage
  let partner: MetadataServer
  before(async () => {
    partner = await startMetadataServer()
    stage = await startStage({
      config: (yaml) =>
        yaml.replace(
          /^identityProviders:\n( +)demo:\n/m,
          (_all, indent: string) =>
            `identityProviders:\n${indent}partner: { metadata: "${partner.url}", label: Partner }\n${indent}demo:\n`,
        ),
    })
    const current = await (await fetch(`${stage.world.urls.idp}/metadata`)).text()
    const { cert } = await makeKeys('a partner’s own key')
    const own = cert.replace(/-----[A-Z ]+-----|\s/g, '')
    partner.answer = { status: 200, body: current.replace(/(<ds:X509Certificate>)[^<]+/, `$1${own}`) }
    await stage.restart()
    await until(async () => (await fetch(`${stage.url}/readyz`)).ok)
  })
  after(async () => {
    await stage?.close()
    partner?.close()
  })

  const signIn = () => new Person().signIn(stage.url, 'alice', 'alice', '/login?idp=demo')

  test('vouches for nobody by that name, and the operator is told what decides whose it is', async () => {
    assert.equal((await signIn()).status, 403)
    const refused = (await stage.audit()).findLast(({ type }) => type === 'sign_in_refused')
    assert.equal(refused?.code, 'unknown_issuer')
    assert.match(stage.log.join('\n'), /with other keys; write entityId: http/)
  })

  test('vouches for nobody, and the other for its own, once the configuration says whose the name is', async () => {
    const yaml = await readFile(stage.world.configFile, 'utf8')
    const entityId = /entityID="([^"]+)"/.exec(partner.answer.body)?.[1]
    await writeFile(stage.world.configFile, yaml.replace(/^( +)label: Demo/m, `$1entityId: ${entityId}\n$&`))
    await stage.restart()
    await until(async () => (await fetch(`${stage.url}/readyz`)).ok)
    assert.match((await signIn()).text, /production/)
  })
})
