import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { fromProcess } from '@aws-sdk/credential-providers'
import { cacheFile } from '../../src/cli/credentials/kept-credentials.ts'
import { type Stage, startStage } from '../stage.ts'
import { buildCommandLine, type CommandLine, ended, folderOf, logIn, said, until } from './command-line.ts'

const admin = 'arn:aws:iam::111122223333:role/Admin'
const readOnly = 'arn:aws:iam::444455556666:role/ReadOnly'
const movedClock = new URL('./moved-clock.mjs', import.meta.url).href
const issuedTo = async (role: string) =>
  (await stage.audit()).filter(({ type, roleArn }) => type === 'credentials_issued' && roleArn === role)
    .length

let stage: Stage
let cli: CommandLine
before(async () => {
  ;[stage, cli] = await Promise.all([startStage(), buildCommandLine()])
  const { code, stderr } = await logIn(cli, stage, 'alice')
  assert.equal(code, 0, stderr)
})
after(async () => {
  await Promise.all([stage?.close(), cli?.close()])
})

/** The name of the cache file of a role, without its folder's other files. */
async function keptFile(home: CommandLine, role: string): Promise<string> {
  const { signIns } = JSON.parse(await readFile(join(folderOf(home), 'sign-ins.json'), 'utf8'))
  return cacheFile(folderOf(home), {
    url: stage.url,
    session: signIns[stage.url].id,
    role,
    duration: 0,
    terms: '',
  })
}

test('fifty credential processes at once make one STS call', async () => {
  const before = await issuedTo(admin)
  const all = await Promise.all(
    Array.from({ length: 50 }, () => cli.run(['credential-process', '--role', admin])),
  )
  assert.deepEqual([...new Set(all.map(({ code, stderr }) => `${code} ${stderr}`))], ['0 '])
  assert.equal(new Set(all.map(({ stdout }) => stdout)).size, 1)
  assert.equal((await issuedTo(admin)) - before, 1)
})

test('a lock whose holder was killed delays nobody by a second', async () => {
  const file = await keptFile(cli, readOnly)
  await mkdir(join(folderOf(cli), 'credentials'), { recursive: true, mode: 0o700 })
  const alone = performance.now()
  await cli.run(['credential-process', '--role', readOnly, '--duration', '20m'])
  const usual = performance.now() - alone
  const holder = spawn(
    process.execPath,
    ['--import', 'tsx', new URL('./lock-holder.ts', import.meta.url).pathname, `${file}.lock`],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  await said(holder, /held/)
  const waiting = cli.start(['credential-process', '--role', readOnly])
  const done = ended(waiting)
  await new Promise((resolve) => setTimeout(resolve, usual))
  assert.equal(waiting.exitCode, null)
  assert.ok(!existsSync(file))
  holder.kill('SIGKILL')
  const killed = performance.now()
  const { code, stderr } = await done
  const delay = performance.now() - killed
  assert.equal(code, 0, stderr)
  assert.ok(delay < usual + 1000, `${delay} ms after the kill, ${usual} ms without`)
  assert.deepEqual(
    readdirSync(join(folderOf(cli), 'credentials')).filter((name) => name.includes('.lock')),
    [],
  )
})

test('near their end one process renews the credentials and the others go on with what they have', async () => {
  const before = await issuedTo(admin)
  const args = ['credential-process', '--role', admin, '--window', '2h']
  const kept = (await cli.run(['credential-process', '--role', admin])).stdout
  const all = await Promise.all(Array.from({ length: 6 }, () => cli.run(args)))
  assert.deepEqual([...new Set(all.map(({ code }) => code))], [0])
  const renewals = (await issuedTo(admin)) - before
  assert.ok(renewals >= 1 && renewals <= 6)
  assert.ok(all.some(({ stdout }) => stdout !== kept))
})

test('without the bridge, credentials near their end still serve, and a word says so', async () => {
  const other = await cli.copy()
  assert.equal((await other.run(['list'])).code, 0)
  const file = await keptFile(other, admin)
  await stage.running.stop('test')
  const { code, stdout, stderr } = await other.run(['credential-process', '--role', admin, '--window', '2h'])
  const named = await other.run(['credential-process', '--role', 'admin'])
  const path = await other.run([
    'credentials',
    '--role',
    'production/Admin',
    '--format',
    'credential-process',
  ])
  const never = await other.run(['credentials', '--role', 'ReadOnly', '--duration', '17m'])
  const unknown = await other.run(['credentials', '--role', 'Nobody'])
  const gone = await other.run(['credentials', '--role', admin, '--fresh'])
  await stage.restart().catch(() => {})
  assert.equal(code, 0, stderr)
  assert.equal(stdout, JSON.parse(await readFile(file, 'utf8')).output)
  assert.match(stderr, /could not be reached: nothing listens there[\s\S]*the credentials at hand are good/)
  for (const { code, stdout: output, stderr } of [named, path])
    assert.deepEqual([code, output], [0, stdout], stderr)
  for (const { code, stderr } of [never, unknown, gone])
    assert.deepEqual([code, /could not be reached/.test(stderr)], [4, true], stderr)
})

test('the AWS SDK takes credentials from the profile that configure wrote', async () => {
  assert.equal((await cli.run(['configure'])).code, 0)
  const saved = { ...process.env }
  Object.assign(process.env, cli.env)
  try {
    const sts = new STSClient({
      region: 'eu-west-1',
      endpoint: stage.world.urls.sts,
      credentials: fromProcess({
        profile: 'production-Admin',
        configFilepath: join(cli.home, '.aws', 'config'),
        filepath: join(cli.home, '.aws', 'credentials'),
      }),
    })
    const { Arn } = await sts.send(new GetCallerIdentityCommand({}))
    assert.equal(Arn, 'arn:aws:sts::111122223333:assumed-role/Admin/alice@corp.example')
  } finally {
    for (const name of Object.keys(cli.env)) {
      if (saved[name] === undefined) delete process.env[name]
      else process.env[name] = saved[name]
    }
  }
})

/**
 * A job of two hours in seconds. One client holds the credentials all the time, as in long jobs; each call is made
 * by another, because the first would set its clock by the Date header, which is not moved.
 */
const job = `
import { createInterface } from 'node:readline'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { fromHttp } from '@aws-sdk/credential-providers'
const holder = new STSClient({ credentials: fromHttp() })
console.log(process.env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, process.env.AWS_ACCESS_KEY_ID)
for await (const _ of createInterface({ input: process.stdin })) {
  const credentials = await holder.config.credentials()
  const sts = new STSClient({ endpoint: process.env.TEST_STS, credentials })
  const { Arn } = await sts.send(new GetCallerIdentityCommand({}))
  console.log(Arn, credentials.accessKeyId)
}
`

test('a job of two hours under exec --server is served new credentials in time, and nothing is left of it', async () => {
  const script = join(cli.program, '..', 'job.mjs')
  const clockFile = join(cli.home, 'clock')
  await writeFile(script, job)
  await writeFile(clockFile, '0')
  const child = cli.start(['exec', '--role', 'Admin', '--server', '--', process.execPath, script], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      NODE_OPTIONS: `--import ${movedClock}`,
      TEST_CLOCK_FILE: clockFile,
      TEST_STS: stage.world.urls.sts,
    },
  })
  const lines: string[] = []
  child.stdout?.on('data', (text) => lines.push(...String(text).split('\n').filter(Boolean)))
  const done = ended(child)
  await until(() => lines.length === 1, 20_000)
  const [tokenFile = '', key] = lines[0]?.split(' ') ?? []
  assert.equal(key, 'undefined')
  assert.doesNotMatch(await readFile(tokenFile, 'utf8'), /\n/)
  const keys = new Set<string>()
  for (let minute = 0; minute <= 120; minute += 30) {
    await writeFile(clockFile, String(minute * 60))
    const heard = lines.length
    child.stdin?.write('\n')
    await until(() => lines.length > heard || child.exitCode !== null, 20_000)
    const [arn, accessKeyId = ''] = lines.at(-1)?.split(' ') ?? []
    assert.equal(arn, 'arn:aws:sts::111122223333:assumed-role/Admin/alice@corp.example')
    keys.add(accessKeyId)
    stage.advance(30 * 60)
  }
  child.stdin?.end()
  const { code, stderr } = await done
  assert.equal(code, 0, stderr)
  assert.ok(keys.size >= 3, [...keys].join())
  assert.deepEqual(await readdir(join(folderOf(cli), 'jobs')), [])
})

test('exec --server leaves nothing when it is ended from outside', async () => {
  const child = cli.start([
    'exec',
    '--role',
    'ReadOnly',
    '--server',
    '--',
    'sh',
    '-c',
    'echo up >&2; exec sleep 60',
  ])
  const done = ended(child)
  await said(child, /^up$/m)
  const jobs = await readdir(join(folderOf(cli), 'jobs'))
  child.kill('SIGTERM')
  assert.equal(jobs.length, 1)
  assert.equal((await done).code, 143)
  assert.deepEqual(await readdir(join(folderOf(cli), 'jobs')), [])
})

/** Says what reaches a job, and where the default chain of an SDK takes its credentials from. */
const teller = `
import { readFileSync } from 'node:fs'
import { fromNodeProviderChain } from '@aws-sdk/credential-providers'
const { AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, AWS_REGION, AWS_DEFAULT_REGION } = process.env
const keyOf = (options) => fromNodeProviderChain(options)().then(({ accessKeyId }) => accessKeyId, (error) => error.message)
const config = readFileSync(AWS_CONFIG_FILE ?? '/dev/null', 'utf8')
console.log(JSON.stringify({
  config,
  files: [AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE],
  regions: [AWS_REGION, AWS_DEFAULT_REGION],
  key: await keyOf(),
  others: [await keyOf({ profile: 'mine' }), await keyOf({ profile: 'spoken' })],
}))
`

test('under exec --server nothing of the default profile wins, and the other profiles still work', async () => {
  const other = await cli.copy()
  await mkdir(join(other.home, '.aws'), { recursive: true })
  const said = (id: string) =>
    `${process.execPath} -e "console.log(JSON.stringify({Version:1,AccessKeyId:'${id}',SecretAccessKey:'x'}))"`
  const config = `# mine
[default]
region = ap-south-1
login_session = arn:aws:sts::999988887777:assumed-role/Other/me
Credential_Process: ${said('AKIADEFAULT')}
credential_process = ${said('AKIADEFAULT')}
some_later_way_to_sign_in = x
s3 =
  max_concurrent_requests = 3
output = json
  credential_process = ${said('AKIANESTED')}

[profile spoken]
credential_process = ${said('AKIASPOKEN')}
`
  const keys = (id: string) => `aws_access_key_id = ${id}\naws_secret_access_key = x\n`
  await writeFile(join(other.home, '.aws', 'config'), config)
  await writeFile(
    join(other.home, '.aws', 'credentials'),
    `[default]\n${keys('AKIAKEPT')}[mine]\n${keys('AKIAMINE')}`,
  )
  const leftover = join(folderOf(other), 'jobs', '4194305-00ff')
  await mkdir(leftover, { recursive: true, mode: 0o700 })
  const script = join(cli.program, '..', 'teller.mjs')
  await writeFile(script, teller)
  const { code, stdout, stderr } = await other.run(
    ['exec', '--role', 'Admin', '--server', '--', process.execPath, script],
    { AWS_PROFILE: 'spoken', AWS_REGION: 'us-west-2', AWS_EC2_METADATA_DISABLED: 'true' },
  )
  assert.equal(code, 0, stderr)
  const told = JSON.parse(stdout)
  assert.match(told.key, /^ASIA/)
  assert.deepEqual(told.others, ['AKIAMINE', 'AKIASPOKEN'])
  assert.deepEqual(told.regions, ['us-west-2', 'us-west-2'])
  const [, after = ''] = config.split('\n\n')
  assert.equal(
    told.config,
    `# mine\n[default]\nregion = ap-south-1\ns3 =\n  max_concurrent_requests = 3\noutput = json\n\n${after}`,
  )
  for (const file of told.files) assert.ok(file.startsWith(folderOf(other)) && !existsSync(file), file)
  assert.ok(!existsSync(leftover))
  assert.equal(await readFile(join(other.home, '.aws', 'config'), 'utf8'), config)
})

test('the region that the caller named reaches the job, else the region of the account', async () => {
  const regions = async (env: NodeJS.ProcessEnv) => {
    const args = ['exec', '--role', 'Admin', '--', 'sh', '-c', 'echo $AWS_REGION $AWS_DEFAULT_REGION']
    return (await cli.run(args, env)).stdout.trim()
  }
  assert.equal(await regions({}), 'eu-west-1 eu-west-1')
  assert.equal(await regions({ AWS_REGION: 'us-east-2' }), 'us-east-2 us-east-2')
  assert.equal(await regions({ AWS_DEFAULT_REGION: 'us-east-2' }), 'us-east-2 us-east-2')
})
