import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { parse, parseAllDocuments } from 'yaml'
import { ended } from '../cli/command-line.ts'
import { type Stage, startStage } from '../stage.ts'

const deploy = 'arn:aws:iam::444455556666:role/Deploy'
const example = (name: string) => readFileSync(join(import.meta.dirname, '../../examples', name), 'utf8')
let stage: Stage
let github: Server
let folder: string
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rolebridge-examples-'))
  stage = await startStage()
  github = createServer(async (request, response) => {
    const audience = new URL(request.url ?? '', 'http://localhost').searchParams.get('audience')
    assert.equal(request.headers.authorization, 'Bearer runner-secret')
    response.end(JSON.stringify({ value: await stage.world.platform.mint({ aud: audience }) }))
  })
  await new Promise<void>((resolve) => github.listen(0, '127.0.0.1', resolve))
})
after(async () => {
  github?.close()
  await stage?.close()
  rmSync(folder, { recursive: true, force: true })
})

const bash = (script: string, env: Record<string, string>) =>
  ended(spawn('bash', ['-c', script], { env: { PATH: process.env.PATH, ...env } }))

async function whoIs(env: Record<string, string | undefined>): Promise<string | undefined> {
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN = '', AWS_REGION = '' } = env
  const credentials = {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    sessionToken: AWS_SESSION_TOKEN,
  }
  const sts = new STSClient({ region: AWS_REGION, endpoint: stage.world.urls.sts, credentials })
  return (await sts.send(new GetCallerIdentityCommand({}))).Arn
}

const variables = (text: string) =>
  Object.fromEntries(
    text.split('\n').flatMap((line) => (/^AWS_\w+=/.test(line) ? [line.split(/=(.*)/s).slice(0, 2)] : [])),
  )

/** The action's step with its inputs filled in as the runner does. */
function step(inputs: Record<string, string>) {
  const [{ run, env }] = parse(example('github-action/action.yml')).runs.steps
  const filled = Object.entries<string>(env).map(([name, value]) => [
    name,
    value.replace(/\$\{\{ inputs\.(\w+) \}\}/g, (_, input: string) => inputs[input] ?? ''),
  ])
  const file = join(folder, 'github-env')
  writeFileSync(file, '')
  const { port } = github.address() as AddressInfo
  const runner = {
    GITHUB_ENV: file,
    ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runner-secret',
  }
  return { run, env: { ...runner, ...Object.fromEntries(filled) } as Record<string, string>, file }
}

test('the GitHub action puts the role into the environment of later steps, and masks what is secret', async () => {
  const { run, env, file } = step({ url: stage.url, role: deploy, duration: '15m' })
  const { code, stdout, stderr } = await bash(run, env)
  assert.equal(code, 0, stdout + stderr)
  const given = variables(readFileSync(file, 'utf8'))
  assert.equal(await whoIs(given), 'arn:aws:sts::444455556666:assumed-role/Deploy/ci-app')
  const masked = [...stdout.matchAll(/^::add-mask::(.+)$/gm)].map(([, secret]) => secret)
  assert.ok(masked.includes(given.AWS_SECRET_ACCESS_KEY) && masked.includes(given.AWS_SESSION_TOKEN))
  assert.equal(masked.length, 4)
})

test('the GitHub action fails with the bridge’s sentence', async () => {
  const { run, env, file } = step({ url: stage.url, role: 'arn:aws:iam::444455556666:role/Root' })
  const { code, stdout } = await bash(run, env)
  assert.equal(code, 1)
  assert.match(stdout, /::error::Rolebridge did not hand out arn:aws:iam::444455556666:role\/Root: \S/)
  assert.equal(readFileSync(file, 'utf8'), '')
  const other = await bash(run, { ...env, ROLEBRIDGE_AUDIENCE: 'https://elsewhere.example' })
  assert.match(
    other.stdout,
    /::error::Rolebridge did not accept the job: The token of this workload was not accepted/,
  )
  const without = await bash(run, { ...env, ACTIONS_ID_TOKEN_REQUEST_URL: '' })
  assert.match(without.stdout, /id-token: write/)
})

test('the GitLab template puts the role into the environment of the script', async () => {
  const template = parse(example('gitlab/rolebridge.yml'))
  const [script] = template['.rolebridge'].before_script
  const [name = '', { aud } = { aud: '' }] =
    Object.entries<{ aud: string }>(template['.rolebridge'].id_tokens)[0] ?? []
  assert.equal(aud, '$ROLEBRIDGE_URL')
  const env = {
    ROLEBRIDGE_URL: stage.url,
    ROLEBRIDGE_ROLE: deploy,
    [name]: await stage.world.platform.mint({ aud: stage.url }),
  }
  const { code, stdout, stderr } = await bash(`set -e\n${script}\nenv`, env)
  assert.equal(code, 0, stdout + stderr)
  assert.equal(await whoIs(variables(stdout)), 'arn:aws:sts::444455556666:assumed-role/Deploy/ci-app')
  assert.ok(!stdout.includes(`${name}=`))
  const refused = await bash(`set -e\n${script}\nenv`, { ...env, [name]: 'a.b.c' })
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /did not accept the job: The token of this workload was not accepted/)
})

test('the pod has its token where the program looks, for the bridge that it asks', () => {
  const [config, , pod] = parseAllDocuments(example('kubernetes/pod.yml')).map((one) => one.toJS())
  const [{ projected }] = pod.spec.volumes
  const [{ serviceAccountToken: token }] = projected.sources
  const [{ mountPath }] = pod.spec.containers[0].volumeMounts
  assert.equal(`${mountPath}/${token.path}`, '/var/run/secrets/rolebridge/token')
  assert.match(config.data.config, new RegExp(`--workload --url ${token.audience} `))
})
