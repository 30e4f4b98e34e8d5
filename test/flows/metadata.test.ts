import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { decodeEntities, Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'
import { type MetadataServer, startMetadataServer } from './metadata-server.ts'
import { until } from './until.ts'

describe('an identity provider whose metadata cannot be had at the start', () => {
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

  test('the bridge starts, is alive, and says that it is not ready', async () => {
    assert.equal((await fetch(`${stage.url}/healthz`)).status, 200)
    assert.equal((await fetch(`${stage.url}/readyz`)).status, 503)
    assert.match(stage.log.join(''), /no metadata yet of demo/)
    const event = (await stage.audit()).findLast(({ type }) => type === 'metadata_failed')
    assert.match(String(event?.detail), /500/)
  })

  test('who wants to sign in is told so, with a request id', async () => {
    const page = await new Person().get(`${stage.url}/login`)
    assert.equal(page.status, 503)
    assert.match(decodeEntities(page.text), /metadata could not be loaded yet/)
    assert.ok(page.text.includes(page.headers.get('x-request-id') ?? 'none'))
  })

  test('a page of HTML is no metadata; the right document is taken without a restart', async () => {
    server.answer = { status: 200, body: '<!doctype html><title>Sign in</title><p>Hello' }
    const failed = async () => (await stage.audit()).filter(({ type }) => type === 'metadata_failed').length
    const before = await failed()
    await until(async () => (await failed()) > before)
    const event = (await stage.audit()).findLast(({ type }) => type === 'metadata_failed')
    assert.doesNotMatch(String(event?.detail), /500/)
    assert.equal((await fetch(`${stage.url}/readyz`)).status, 503)

    const metadata = await fetch(`${stage.world.urls.idp}/metadata`)
    server.answer = { status: 200, body: await metadata.text() }
    await until(async () => (await fetch(`${stage.url}/readyz`)).status === 200)
    const alice = new Person()
    assert.match((await alice.signIn(stage.url, 'alice')).text, /production/)
  })

  test('a document that breaks later leaves the last good one in use, even over a restart', async () => {
    server.answer = { status: 404, body: '' }
    await stage.restart()
    assert.equal((await fetch(`${stage.url}/readyz`)).status, 200)
    assert.match((await new Person().signIn(stage.url, 'alice')).text, /production/)
  })
})

describe('one of two identity providers whose metadata cannot be had', () => {
  test('the bridge is ready for the people of the other, and says who is missing', async () => {
    const stage = await startStage({
      config: (yaml) =>
        yaml.replace(
          /^identityProviders:$/m,
          'identityProviders:\n  away:\n    metadata: http://localhost:9/metadata\n    attributes: { user: email }',
        ),
    })
    try {
      const ready = await fetch(`${stage.url}/readyz`)
      assert.equal(ready.status, 200)
      assert.match(await ready.text(), /^ready, but without away\n/)
      const alice = new Person()
      assert.match((await alice.signIn(stage.url, 'alice', 'alice', '/login?idp=demo')).text, /production/)
    } finally {
      await stage.close()
    }
  })
})

describe('the keys of those who vouch for jobs', () => {
  const entry = (name: string, issuer: string) =>
    `  ${name}: { kind: oidc-workload, issuer: '${issuer}', audience: jobs }\n`
  const away = entry('away', 'http://localhost:9/ci')

  test('are loaded at the start; a node without some is ready, and says whose, also in the metrics', async () => {
    const stage = await startStage({
      config: (yaml) => yaml.replace('identityProviders:\n', `identityProviders:\n${away}`),
    })
    try {
      const ready = await fetch(`${stage.url}/readyz`)
      assert.equal(ready.status, 200)
      assert.match(await ready.text(), /^ready, but without away\n/)
      const metrics = await (await fetch(`${stage.url}/metrics`)).text()
      assert.match(metrics, /^rolebridge_metadata_loads_total\{idp="away",result="failed"\} \d+$/m)
      assert.match(metrics, /^rolebridge_metadata_loads_total\{idp="ci",result="ok"\} 1$/m)
      assert.match(metrics, /^rolebridge_metadata_loaded_timestamp_seconds\{idp="ci"\} \d/m)
      const failed = (await stage.audit()).find(({ type }) => type === 'metadata_failed')
      assert.equal(failed?.idp, 'away')
    } finally {
      await stage.close()
    }
  })

  test('are all that a bridge for jobs alone waits for', async () => {
    const stage = await startStage({
      config: (yaml) =>
        yaml.replace(
          /^identityProviders:[\s\S]*?(?=^aws:)/m,
          () => `identityProviders:\n${entry('ci', 'http://localhost:9/ci')}`,
        ),
    })
    try {
      assert.equal((await fetch(`${stage.url}/readyz`)).status, 503)
      assert.match(stage.log.join(''), /no metadata yet of ci/)
    } finally {
      await stage.close()
    }
  })
})
