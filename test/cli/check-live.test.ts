import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { builtProgram } from '../built-program.ts'
import { freePort } from '../free-port.ts'
import { type Stage, startStage } from '../stage.ts'

/** What the identity provider is the cause of. */
const exitCode = 2
/** What else cannot be reached. */
const noConnection = 4

/** The program as a process of its own: this one has to answer it. */
async function run(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const program = await builtProgram()
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...words], (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    )
  })
}

describe('rolebridge check --live', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage()
  })
  after(() => stage?.close())

  const place = (name: string) => join(dirname(stage.world.configFile), name)
  /** The stage's configuration with a change, checked beside its keys. */
  async function check(change: (yaml: string) => string, ...more: string[]) {
    const file = place('changed.yaml')
    await writeFile(file, change(await readFile(stage.world.configFile, 'utf8')), { mode: 0o600 })
    return run('check', '--live', '--config', file, ...more)
  }

  test('says whom it found and until when they are trusted', async () => {
    const { code, stdout } = await check((yaml) => yaml)
    assert.equal(code, 0)
    assert.match(
      stdout,
      /Now\n {2}✓ identityProviders\.demo: http\S+\/metadata, 1 signing certificate, until \d{4}-/,
    )
    assert.match(stdout, /✓ identityProviders\.ci: http\S+\/workloads, 1 signing key/)
    assert.match(stdout, /✓ aws\.region: STS in eu-west-1 \(http:\S+\) answers\n/)
    assert.match(stdout, /✓ aws\.signInEndpoint: AWS’s sign-in \(http:\S+\) answers\n/)
    assert.match(stdout, /✓ store: \S+data can be written\n/)
    assert.match(stdout, /✓ baseUrl: localhost is (?:127\.0\.0\.1|::1)/)
  })

  test('a provider that cannot be had is no fault of the file, and the answer is not 0', async () => {
    const { code, stdout, stderr } = await check((yaml) =>
      yaml.replace(/metadata: .*/, `metadata: ${stage.world.urls.idp}/nothing`),
    )
    assert.match(stdout, /is sound/)
    assert.match(
      stdout,
      /✗ identityProviders\.demo: has no usable metadata at http\S+\/nothing: the server answered 404/,
    )
    assert.match(stderr, /1 place of the 6 that it names cannot be used now/)
    assert.equal(code, exitCode)
  })

  test('a provider that accepts only signed requests, and no key: said before anybody tries', async () => {
    const metadata = await (await fetch(`${stage.world.urls.idp}/metadata`)).text()
    await writeFile(place('demanding.xml'), metadata.replace('Signed="false"', 'Signed="true"'))
    const demanding = (yaml: string) => yaml.replace(/metadata: .*/, 'metadata: demanding.xml')
    const keyless = (yaml: string) => demanding(yaml).replace(/^ {2}signing(Key|Cert): sp-.*\n/gm, '')
    assert.equal((await check(demanding)).code, 0)
    const { code, stdout } = await check(keyless)
    assert.equal(code, exitCode)
    assert.match(stdout, /demo: .*accepts only signed requests .*set saml\.signingKey/)
    const json = await check(keyless, '--json')
    assert.match(JSON.parse(json.stdout).live[0].problem, /accepts only signed requests/)
    assert.equal(JSON.parse(json.stdout).live[0].ok, false)
    assert.equal(json.code, exitCode)
  })

  /** A stand-in for STS whose clock differs by so many seconds, or that is none. */
  async function withSts(
    answer: { off?: number; text?: string },
    change: (url: string) => (yaml: string) => string,
    ...more: string[]
  ) {
    const {
      off = 0,
      text = '<ErrorResponse><Error><Code>MissingAuthenticationToken</Code></Error></ErrorResponse>',
    } = answer
    const server = createServer((_request, response) => {
      response.setHeader('date', new Date(Date.now() + off * 1000).toUTCString())
      response.statusCode = 403
      response.end(text)
    })
    const port = await freePort()
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    try {
      return await check(change(`http://127.0.0.1:${port}`), ...more)
    } finally {
      server.close()
    }
  }
  const stsAt = (url: string) => (yaml: string) => yaml.replace(/stsEndpoint: .*/, `stsEndpoint: ${url}`)

  test('a clock half a minute off is worth a word, one five minutes off is a problem', async () => {
    const fine = await withSts({ off: 10 }, stsAt)
    assert.equal(fine.code, 0, fine.stdout)
    assert.doesNotMatch(fine.stdout, /clock/)
    const near = await withSts({ off: 100 }, stsAt)
    assert.equal(near.code, 0, near.stdout)
    assert.match(near.stdout, /! aws\.region: .*clock is (?:99|100|98) s behind AWS’s; let NTP set it/)
    const far = await withSts({ off: -400 }, stsAt)
    assert.equal(far.code, noConnection)
    assert.match(far.stdout, /✗ aws\.region: .*clock is 40\d s ahead of AWS’s/)
  })

  test('something that answers in the place of STS is not STS', async () => {
    const { code, stdout } = await withSts(
      { text: '<html>Please sign in to the guest network</html>' },
      stsAt,
    )
    assert.equal(code, noConnection)
    assert.match(stdout, /✗ aws\.region: .*answers 403, but not as STS does: is a proxy in the way\?/)
  })

  test('the second region, the store and the bridge’s own name are asked for as well', async () => {
    const nobody = await freePort()
    const { code, stdout } = await check((yaml) =>
      yaml
        .replace(
          /stsEndpoint: .*/,
          (line) => `${line}\n  fallbackRegion: eu-central-1\n  fallbackEndpoint: http://127.0.0.1:${nobody}`,
        )
        .replace(/^store: .*/m, `store: redis://:hunter2hunter2@127.0.0.1:${nobody}`)
        .replace(/^baseUrl: .*/m, 'baseUrl: https://aws.nobody.invalid\ntrustProxy: 1'),
    )
    assert.equal(code, noConnection, stdout)
    assert.match(stdout, /✗ aws\.fallbackRegion: STS in eu-central-1 .* does not answer: /)
    assert.match(stdout, /✗ store: .*Redis at 127\.0\.0\.1:\d+ cannot be used/)
    assert.match(stdout, /✗ baseUrl: aws\.nobody\.invalid is no name that this machine can resolve/)
    assert.ok(!stdout.includes('hunter2'))
  })

  test('a folder of the store that cannot be made is found before the start', async () => {
    const { code, stdout } = await check((yaml) =>
      yaml.replace(/^store: .*/m, 'store: embedded:./sp-signing.crt/data'),
    )
    assert.equal(code, noConnection)
    assert.match(stdout, /✗ store: \S+sp-signing\.crt cannot be written by this user, and the store is there/)
  })
})
