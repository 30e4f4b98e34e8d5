import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect } from 'node:tls'
import { makeKeys } from '../keys.ts'
import { Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'
import { Program } from './program.ts'

const admin = { role: 'arn:aws:iam::111122223333:role/Admin' }

/** Writes the configuration anew, as a whole. */
async function change({ world: { configFile } }: Stage, by: (yaml: string) => string) {
  await writeFile(`${configFile}~`, by(await readFile(configFile, 'utf8')), { mode: 0o600 })
  await rename(`${configFile}~`, configFile)
}

/** Writes the configuration anew and has it read. */
async function reload(stage: Stage, by: (yaml: string) => string) {
  await change(stage, by)
  return stage.running.reload('command')
}

const taken = (outcome: Awaited<ReturnType<typeof reload>>) => {
  assert.ok(outcome.ok, JSON.stringify(outcome))
  return outcome
}
const refused = (outcome: Awaited<ReturnType<typeof reload>>) => {
  assert.ok(!outcome.ok, JSON.stringify(outcome))
  return outcome.faults
}
const lastOf = async (stage: Stage, type: string) =>
  (await stage.audit()).findLast((event) => event.type === type) ?? {}
const withoutGroups = (yaml: string) => yaml.replace("groups: '^aws-", "groups: '^nobody-")
const withGroups = (yaml: string) => yaml.replace("groups: '^nobody-", "groups: '^aws-")

describe('a configuration that takes the place of another', () => {
  let stage: Stage
  let cli: Program
  before(async () => {
    stage = await startStage()
    cli = new Program(stage)
  })
  after(() => stage?.close())
  const take = (token: string) => cli.api('POST', '/api/v1/credentials', token, admin)

  test('a rule that was taken away opens nothing any more, while the session lives', async () => {
    const token = (await cli.signIn('alice')).body.access_token
    assert.equal((await take(token)).status, 200)
    const { configuration } = (await cli.api('GET', '/api/v1/me', token)).body
    assert.equal((await lastOf(stage, 'credentials_issued')).config, configuration)
    assert.equal((await lastOf(stage, 'sign_in')).config, configuration)

    const { fingerprint } = taken(await reload(stage, withoutGroups))
    const answer = await take(token)
    assert.deepEqual([answer.status, answer.body.code], [403, 'not_entitled'])
    assert.equal((await lastOf(stage, 'credentials_refused')).config, fingerprint)
    assert.notEqual(fingerprint, configuration)
    assert.equal((await cli.api('GET', '/api/v1/me', token)).body.configuration, fingerprint)
    taken(await reload(stage, withGroups))
    assert.equal((await take(token)).status, 200)
  })

  test('a request that began before ends by the configuration it began with', async () => {
    const token = (await cli.signIn('alice')).body.access_token
    const { configuration } = (await cli.api('GET', '/api/v1/me', token)).body
    const body = JSON.stringify(admin)
    const begun = request(`${stage.url}/api/v1/credentials`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'content-length': body.length,
        expect: '100-continue',
      },
    })
    begun.flushHeaders()
    await once(begun, 'continue')
    taken(await reload(stage, withoutGroups))
    begun.end(body)
    const [response] = await once(begun, 'response')
    response.resume()
    assert.equal(response.statusCode, 200)
    assert.equal((await lastOf(stage, 'credentials_issued')).config, configuration)
    assert.equal((await take(token)).status, 403)
    taken(await reload(stage, withGroups))
  })

  test('an identity provider that was taken out vouches for nobody, browser, program or job', async () => {
    const alice = new Person()
    const { body } = await cli.signIn('alice', alice)
    const token = body.access_token
    const jobs = await cli.form('/oauth/token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: await stage.world.platform.mint({ aud: stage.url }),
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    })
    const me = async (bearer: string) => (await cli.api('GET', '/api/v1/me', bearer)).status
    assert.deepEqual([await me(token), await me(jobs.body.access_token)], [200, 200])
    const other = (yaml: string) =>
      yaml
        .replace(/^ {2}demo:$/m, '  other:')
        .replace(/^ {2}ci:/m, '  ci2:')
        .replace("IdentityProvider': ci }", "IdentityProvider': ci2 }")
    taken(await reload(stage, other))
    assert.deepEqual([await me(token), await me(jobs.body.access_token)], [401, 401])
    assert.equal((await take(token)).status, 401)
    assert.equal((await cli.refresh(body.refresh_token)).status, 400)
    assert.equal((await alice.get(stage.url)).status, 303)
    taken(
      await reload(stage, (yaml) =>
        yaml
          .replace(/^ {2}other:$/m, '  demo:')
          .replace(/^ {2}ci2:/m, '  ci:')
          .replace("IdentityProvider': ci2 }", "IdentityProvider': ci }"),
      ),
    )
    assert.equal(await me(token), 200)
  })

  test('an identity provider that is another one under the same name vouches for nobody of before', async () => {
    const token = (await cli.signIn('alice')).body.access_token
    const folder = dirname(stage.world.configFile)
    const xml = await (await fetch(`${stage.world.urls.idp}/metadata`)).text()
    await writeFile(
      join(folder, 'other.xml'),
      xml.replace(/entityID="[^"]+"/, 'entityID="https://other.example"'),
    )
    const { url } = { url: `${stage.world.urls.idp}/metadata` }
    taken(await reload(stage, (yaml) => yaml.replace(`metadata: ${url}`, 'metadata: other.xml')))
    assert.equal((await cli.api('GET', '/api/v1/me', token)).status, 401)
    taken(await reload(stage, (yaml) => yaml.replace('metadata: other.xml', `metadata: ${url}`)))
    assert.equal((await cli.api('GET', '/api/v1/me', token)).status, 200)
  })

  test('one that can be used, and could not any more as it is configured now, stays as it was', async () => {
    const { configuration } = { configuration: stage.running.app.config.fingerprint }
    const faults = refused(await reload(stage, (yaml) => yaml.replace('/metadata', '/nothing')))
    assert.match(faults[0] ?? '', /^sign-ins work with demo, and would not any more: demo \(.*404/)
    assert.equal(stage.running.app.config.fingerprint, configuration)
    assert.match((await new Person().signIn(stage.url, 'alice')).text, /production/)
    taken(await reload(stage, (yaml) => yaml.replace('/nothing', '/metadata')))
  })

  test('a new one that cannot be loaded yet keeps nobody out, and is named', async () => {
    const away = '  away:\n    metadata: http://localhost:9/metadata\n    attributes: { user: email }\n'
    const { without } = taken(await reload(stage, (yaml) => yaml.replace(/^ {2}ci:/m, `${away}  ci:`)))
    assert.deepEqual(without, ['away'])
    assert.equal((await fetch(`${stage.url}/readyz`)).status, 200)
    taken(await reload(stage, (yaml) => yaml.replace(away, '')))
  })

  test('a secret is exchanged in three steps and nobody has to sign in again', async () => {
    const next = 'another secret of more than thirty-two characters'
    const old = /^secret: (.*)$/m.exec(await readFile(stage.world.configFile, 'utf8'))?.[1] ?? ''
    const secret = (list: string[]) => (yaml: string) =>
      yaml.replace(/^secret: .*$/m, `secret: [${list.join(', ')}]`)
    const early = (await cli.signIn('alice')).body.access_token
    const me = async (token: string) => (await cli.api('GET', '/api/v1/me', token)).status
    taken(await reload(stage, secret([old, next])))
    taken(await reload(stage, secret([next, old])))
    assert.equal(await me(early), 200)
    const late = (await cli.signIn('bob')).body.access_token
    taken(await reload(stage, secret([next])))
    assert.equal(await me(late), 200, 'the new one encrypted it')
    assert.equal(await me(early), 401)
    taken(await reload(stage, secret([old])))
  })

  test('what an address asked too often it may not ask sooner for it', async () => {
    const ask = async () => (await fetch(`${stage.url}/saml/slo?SAMLRequest=x`)).status
    while ((await ask()) !== 429);
    taken(await reload(stage, (yaml) => `${yaml}session: { maxAge: 7h }\n`))
    assert.equal(await ask(), 429)
  })

  test('when it cannot be written down nothing changes', async () => {
    const trail = join(dirname(stage.world.configFile), 'audit.jsonl')
    const before = stage.running.app.config.fingerprint
    await rename(trail, `${trail}.away`)
    await mkdir(trail)
    const faults = refused(await reload(stage, (yaml) => yaml.replace('maxAge: 7h', 'maxAge: 6h')))
    assert.match(faults[0] ?? '', /audit/)
    assert.equal(stage.running.app.config.fingerprint, before)
    await rm(trail, { recursive: true })
    await rename(`${trail}.away`, trail)
    assert.notEqual(taken(await stage.running.reload('command')).fingerprint, before.slice(0, 12))
  })

  test('what is read again and is the same changes nothing, and is no refusal any more', async () => {
    const file = stage.world.configFile
    const yaml = await readFile(file, 'utf8')
    refused(await reload(stage, (text) => `${text}nonsense: 1\n`))
    await writeFile(file, yaml)
    assert.equal(taken(await stage.running.reload('watch')).unchanged, true)
    const { unchanged, trigger } = await lastOf(stage, 'config_loaded')
    assert.deepEqual([unchanged, trigger], [true, 'watch'])
    const metrics = await (await fetch(`${stage.url}/metrics`)).text()
    assert.match(metrics, /^rolebridge_config_refused 0$/m)
  })

  test('two at once come one after the other, and the last word of the file is served', async () => {
    await change(stage, (yaml) => yaml.replace(/maxAge: .h/, 'maxAge: 5h'))
    const first = stage.running.reload('command')
    const others = Array.from({ length: 5 }, () => stage.running.reload('signal'))
    await change(stage, (yaml) => yaml.replace(/maxAge: .h/, 'maxAge: 4h'))
    const all = await Promise.all([first, ...others, stage.running.reload('command')])
    assert.ok(
      all.every(({ ok }) => ok),
      JSON.stringify(all),
    )
    assert.equal(stage.running.app.config.session.maxAge, 4 * 3600)
  })

  test('who asks as soon as one ended does not run beside the one that waits', async () => {
    const first = stage.running.reload('command')
    const atOnce = first.then(() => stage.running.reload('command'))
    const waiting = stage.running.reload('signal')
    assert.equal(await atOnce, await waiting)
  })
})

describe('twenty reloads while people work', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage()
  })
  after(() => stage?.close())

  test('no request fails', async () => {
    const cli = new Program(stage)
    const alice = new Person()
    const token = (await cli.signIn('alice', alice)).body.access_token
    let goOn = true
    const seen = new Set<string>()
    const work = async () => {
      let count = 0
      for (; goOn; count++) {
        const answers = [
          await cli.api('POST', '/api/v1/credentials', token, admin),
          await cli.api('GET', '/api/v1/me', token),
        ]
        assert.deepEqual(
          answers.map(({ status }) => status),
          [200, 200],
          JSON.stringify(answers),
        )
        seen.add(answers[1]?.body.configuration)
        assert.equal((await alice.get(stage.url)).status, 200)
      }
      return count
    }
    const workers = Array.from({ length: 4 }, work)
    try {
      for (let n = 1; n <= 20; n++)
        taken(
          await reload(
            stage,
            (yaml) => `${yaml.replace(/^session: .*\n/m, '')}session: { idle: ${n + 10}m }\n`,
          ),
        )
    } finally {
      goOn = false
    }
    const counts = await Promise.all(workers)
    assert.ok(counts.every((count) => count > 0))
    assert.ok(seen.size > 1)
  })
})

describe('a bridge that speaks TLS', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage({
      config: (yaml) =>
        yaml.replace(/^baseUrl: http:(.*)$/m, 'baseUrl: https:$1\ntls: { key: tls.pem, cert: tls.crt }'),
      prepare: async (folder) => write(folder, 'first'),
    })
  })
  after(() => stage?.close())

  async function write(folder: string, name: string) {
    const { key, cert } = await makeKeys(name)
    await writeFile(join(folder, 'tls.pem'), key, { mode: 0o600 })
    await writeFile(join(folder, 'tls.crt'), cert)
  }
  async function served() {
    const socket = connect({
      port: Number(new URL(stage.url).port),
      host: 'localhost',
      rejectUnauthorized: false,
    })
    await once(socket, 'secureConnect')
    const { subject } = socket.getPeerCertificate()
    socket.destroy()
    return subject.CN
  }

  test('takes a new certificate into use without a restart', async () => {
    assert.equal(await served(), 'first')
    await write(dirname(stage.world.configFile), 'second')
    taken(await stage.running.reload('command'))
    assert.equal(await served(), 'second')
  })
})
