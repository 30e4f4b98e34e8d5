import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { callerOf } from '../caller.ts'
import { type Stage, startStage } from '../stage.ts'
import { buildCommandLine, type CommandLine, folderOf } from './command-line.ts'

const deploy = 'arn:aws:iam::444455556666:role/Deploy'
let stage: Stage
let cli: CommandLine
let github: Server
/** What the runner of GitHub was asked. */
const asked: { url: string; authorization: string | undefined }[] = []
before(async () => {
  ;[stage, cli] = await Promise.all([startStage(), buildCommandLine()])
  github = createServer(async (request, response) => {
    asked.push({ url: request.url ?? '', authorization: request.headers.authorization })
    const audience = new URL(request.url ?? '', 'http://localhost').searchParams.get('audience')
    response.end(JSON.stringify({ value: await stage.world.platform.mint({ aud: audience }) }))
  })
  await new Promise<void>((resolve) => github.listen(0, '127.0.0.1', resolve))
})
beforeEach(() => {
  asked.length = 0
})
after(async () => {
  github?.close()
  await Promise.all([stage?.close(), cli?.close()])
})

const actions = (secret: string) => ({
  GITHUB_ACTIONS: 'true',
  ROLEBRIDGE_URL: stage.url,
  ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${(github.address() as AddressInfo).port}/token?api-version=2`,
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret,
})
const mint = (claims: object = {}) => stage.world.platform.mint({ aud: stage.url, ...claims })
const issued = async () => (await stage.audit()).filter(({ type }) => type === 'credentials_issued').length

const whoIs = (output: string) => callerOf(stage, output)

test('a job of GitHub Actions becomes its role, for the bridge’s audience, and asks once', async () => {
  const before = await issued()
  const runs = [await cli.run(['credential-process', '--workload', '--role', deploy], actions('job-1'))]
  runs.push(await cli.run(['credential-process', '--workload', '--role', 'sandbox/Deploy'], actions('job-1')))
  for (const { code, stderr } of runs) assert.deepEqual([code, stderr], [0, ''])
  assert.equal(await whoIs(runs[0]?.stdout ?? ''), 'arn:aws:sts::444455556666:assumed-role/Deploy/ci-app')
  assert.equal(runs[0]?.stdout, runs[1]?.stdout)
  assert.equal((await issued()) - before, 1)
  assert.equal(asked[0]?.authorization, 'Bearer job-1')
  assert.equal(asked[0]?.url, `/token?api-version=2&audience=${encodeURIComponent(stage.url)}`)
})

test('another job on the same machine shares nothing of it', async () => {
  const before = await issued()
  const { code, stdout } = await cli.run(
    ['credential-process', '--workload', '--role', deploy],
    actions('job-2'),
  )
  assert.equal(code, 0)
  assert.equal(await whoIs(stdout), 'arn:aws:sts::444455556666:assumed-role/Deploy/ci-app')
  assert.equal((await issued()) - before, 1)
})

test('GitLab’s job has its token in a variable', async () => {
  const env = { ROLEBRIDGE_URL: stage.url, CI_TOKEN: await mint({ repository: 'corp/lib' }) }
  const args = ['credentials', '--workload', '--workload-token-env', 'CI_TOKEN', '--role', deploy]
  const { code, stdout, stderr } = await cli.run([...args, '--format', 'credential-process'], env)
  assert.equal(code, 0, stderr)
  assert.equal(await whoIs(stdout), 'arn:aws:sts::444455556666:assumed-role/Deploy/ci-lib')
  const own = { ROLEBRIDGE_URL: stage.url, ROLEBRIDGE_ID_TOKEN: await mint() }
  assert.equal((await cli.run(['env', '--workload', '--role', deploy], own)).code, 0)
})

test('a pod has its token in a file, and a renewed one is the same workload', async () => {
  const file = join(cli.home, 'token')
  const env = {
    ROLEBRIDGE_URL: stage.url,
    ROLEBRIDGE_WORKLOAD_TOKEN_FILE: file,
    TEST_STS: stage.world.urls.sts,
  }
  await writeFile(file, `${await mint({ repository: 'corp/pod' })}\n`)
  const show = ['-e', 'console.log(process.env.AWS_ACCESS_KEY_ID)']
  const run = () => cli.run(['exec', '--workload', '--role', deploy, '--', process.execPath, ...show], env)
  const first = await run()
  assert.equal(first.code, 0, first.stderr)
  assert.match(first.stdout, /^ASIA\w+\n$/)
  await writeFile(file, await mint({ repository: 'corp/pod' }))
  assert.equal((await run()).stdout, first.stdout)
  await writeFile(file, await mint({ repository: 'corp/pods' }))
  assert.notEqual((await run()).stdout, first.stdout)
  const typed = await cli.run(
    ['credentials', '--workload-token-file', file, '--role', deploy, '--url', stage.url],
    {},
  )
  assert.equal(typed.code, 0, typed.stderr)
})

test('says what is missing, by platform', async () => {
  const run = (env: object) =>
    cli.run(['env', '--workload', '--role', deploy], { ROLEBRIDGE_URL: stage.url, ...env })
  const [github, gitlab, elsewhere] = await Promise.all([
    run({ GITHUB_ACTIONS: 'true' }),
    run({ GITLAB_CI: 'true' }),
    run({}),
  ])
  for (const { code } of [github, gitlab, elsewhere]) assert.equal(code, 5)
  assert.match(github.stderr, /permissions: \{ id-token: write \}/)
  assert.match(gitlab.stderr, /id_tokens: \{ ROLEBRIDGE_ID_TOKEN: \{ aud: http/)
  assert.match(elsewhere.stderr, /projected volume/)
  const noFile = await cli.run([
    'env',
    '--workload-token-file',
    '/nowhere',
    '--role',
    deploy,
    '--url',
    stage.url,
  ])
  assert.deepEqual([noFile.code, /\/nowhere: it is not there/.test(noFile.stderr)], [5, true], noFile.stderr)
})

test('a token that is refused ends with a sentence, and is nowhere in it', async () => {
  const token = await mint({ aud: 'sts.amazonaws.com' })
  const { code, stdout, stderr } = await cli.run(['env', '--workload', '--role', deploy], {
    ROLEBRIDGE_URL: stage.url,
    ROLEBRIDGE_ID_TOKEN: token,
  })
  assert.notEqual(code, 0)
  assert.equal(stdout, '')
  assert.match(stderr, /token of this workload was not accepted[\s\S]*came from \$ROLEBRIDGE_ID_TOKEN/)
  assert.ok(!stderr.includes(token.slice(-40)))
})

test('no token of the platform or of the bridge is kept anywhere', () => {
  const folder = folderOf(cli)
  assert.ok(!existsSync(join(folder, 'sign-ins.json')))
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(json|failed)$/.test(name)) continue
    const text = readFileSync(join(folder, name), 'utf8')
    assert.doesNotMatch(text, /rba_|eyJ|job-[12]/, name)
  }
})
