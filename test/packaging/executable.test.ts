import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { buildExecutable } from '../../scripts/executable/build.mjs'
import { thisPlatform } from '../../scripts/node-from-npm.mjs'
import { type CommandLine, logIn, standAlone } from '../cli/command-line.ts'
import { type Stage, startStage } from '../stage.ts'

const version: string = JSON.parse(
  await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
).version
const admin = 'arn:aws:iam::111122223333:role/Admin'
const elsewhere = thisPlatform === 'linux-x64' ? false : 'It is built and run on Linux (x64) alone.'

describe('the command line as one executable', { skip: elsewhere }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-executable-'))
  let stage: Stage
  let cli: CommandLine
  before(async () => {
    cli = await standAlone(await buildExecutable(thisPlatform, folder))
    stage = await startStage()
  })
  after(async () => {
    rmSync(folder, { recursive: true })
    await Promise.all([stage?.close(), cli?.close()])
  })

  // No Node in the PATH, and nothing of this project beside it.
  const run = (...args: string[]) => cli.run(args, { PATH: '/nowhere' })

  test('says its version and helps, with nothing on standard error', async () => {
    assert.deepEqual(await run('--version'), { code: 0, stdout: `${version}\n`, stderr: '' })
    const { code, stdout } = await run('--help')
    assert.equal(code, 0)
    assert.match(stdout, /credential-process/)
  })

  test('signs in, and hands out credentials that AWS takes, the second time from its cache', async () => {
    const { code, stderr } = await logIn(cli, stage, 'alice')
    assert.equal(code, 0, stderr)
    const first = await run('credential-process', '--role', admin)
    assert.equal(first.code, 0, first.stderr)
    assert.match(JSON.parse(first.stdout).AccessKeyId, /^ASIA/)
    await stage.running.stop('the cache needs no bridge')
    assert.deepEqual(await run('credential-process', '--role', admin), first)
    await stage.restart().catch(() => {})
  })

  test('configures the AWS CLI with its own path when it is not in the PATH', async () => {
    const { code, stderr } = await run('configure')
    assert.equal(code, 0, stderr)
    const config = await readFile(join(cli.home, '.aws/config'), 'utf8')
    assert.ok(
      config.includes(`credential_process = ${cli.program} credential-process --url ${stage.url} `),
      config,
    )
  })

  test('speaks to AWS itself for an IAM user’s second factor', async () => {
    await mkdir(join(cli.home, '.aws'), { recursive: true })
    await writeFile(
      join(cli.home, '.aws/credentials'),
      '[keys]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n',
    )
    const { code, stderr } = await cli.run(['mfa', '--profile', 'keys', '--code', '123456'], {
      AWS_ENDPOINT_URL_STS: stage.world.urls.sts,
    })
    assert.equal(code, 6, stderr)
    assert.match(stderr, /InvalidClientTokenId/)
  })

  test('says where the commands are that need a whole program, and that they are not here', async () => {
    for (const args of [['serve'], ['check'], ['demo'], ['saml', 'check', 'x.xml']]) {
      const { code, stderr } = await run(...args)
      assert.equal(code, 5, stderr)
      assert.match(
        stderr,
        /^This executable holds the commands of people and jobs; “\S.*” needs the whole program/,
      )
      assert.ok(!stderr.includes('\n    at '), stderr)
    }
  })
})
