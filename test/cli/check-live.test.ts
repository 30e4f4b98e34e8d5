import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Stage, startStage } from '../stage.ts'

/** What the identity provider is the cause of. */
const exitCode = 2

/** The program as a process of its own: this one has to answer it. */
function run(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const program = join(import.meta.dirname, '../../src/cli/main.ts')
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', program, ...words], (error, stdout, stderr) =>
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
      /Identity providers now:\n {2}demo: http\S+\/metadata, 1 signing certificate, until \d{4}-/,
    )
  })

  test('a provider that cannot be had is no fault of the file, and the answer is not 0', async () => {
    const { code, stdout, stderr } = await check((yaml) =>
      yaml.replace(/metadata: .*/, `metadata: ${stage.world.urls.idp}/nothing`),
    )
    assert.match(stdout, /is sound/)
    assert.match(stderr, /demo has no usable metadata at http\S+\/nothing: the server answered 404/)
    assert.equal(code, exitCode)
  })

  test('a provider that accepts only signed requests, and no key: said before anybody tries', async () => {
    const metadata = await (await fetch(`${stage.world.urls.idp}/metadata`)).text()
    await writeFile(place('demanding.xml'), metadata.replace('Signed="false"', 'Signed="true"'))
    const demanding = (yaml: string) => yaml.replace(/metadata: .*/, 'metadata: demanding.xml')
    const keyless = (yaml: string) => demanding(yaml).replace(/^ {2}signing(Key|Cert): sp-.*\n/gm, '')
    assert.equal((await check(demanding)).code, 0)
    const { code, stderr } = await check(keyless)
    assert.equal(code, exitCode)
    assert.match(stderr, /demo accepts only signed requests .*set saml\.signingKey/)
    const json = await check(keyless, '--json')
    assert.match(JSON.parse(json.stdout).live[0].problem, /accepts only signed requests/)
    assert.equal(json.code, exitCode)
  })
})
