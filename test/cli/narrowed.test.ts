import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { arnOf, lastOf, open, policy, roles, tries } from '../flows/narrowed-stage.ts'
import { type Stage, startStage } from '../stage.ts'
import { buildCommandLine, type CommandLine, logIn } from './command-line.ts'

let stage: Stage
let cli: CommandLine
before(async () => {
  const terms = { Task: '', Read: 'agents: read-only', Closed: 'agents: deny', Reached: '' }
  ;[stage, cli] = await Promise.all([startStage({ config: roles(terms) }), buildCommandLine()])
  open(stage, Object.keys(terms))
})
beforeEach(async () => {
  const { code, stderr } = await logIn(cli, stage, 'alice', ['--force'])
  assert.equal(code, 0, stderr)
})
after(async () => {
  await Promise.all([stage?.close(), cli?.close()])
})

/** Credentials as the command prints them. */
async function take(args: readonly string[], env?: NodeJS.ProcessEnv) {
  const { code, stdout, stderr } = await cli.run(['credential-process', ...args], env)
  assert.equal(code, 0, stderr)
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = JSON.parse(stdout)
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
  }
}
const issued = () => stage.world.sts.issued.recent(1000).length

describe('credentials for one task', () => {
  const role = ['--role', arnOf('Task')]

  test('are narrowed as the options say, and the trail has the purpose', async () => {
    const file = join(cli.home, 'policy.json')
    await writeFile(file, JSON.stringify(policy({ Action: 's3:GetObject', Resource: '*' })))
    assert.deepEqual(await tries(stage, await take(role)), { read: 200, write: 200 })
    assert.deepEqual(await tries(stage, await take([...role, '--read-only'])), { read: 200, write: 403 })
    const keys = await take([...role, '--policy', file, '--purpose', 'INC-4711: late report', '--for', '10m'])
    assert.deepEqual(await tries(stage, keys), { read: 200, write: 403 })
    const left = (Date.parse(keys.expiration) - Date.now()) / 1000
    assert.ok(left > 500 && left <= 610, `${left} s`)
    const { purpose, policyDigest, duration } = await lastOf(stage, 'credentials_issued')
    assert.equal(purpose, 'INC-4711: late report')
    assert.match(String(policyDigest), /^[0-9a-f]{64}$/)
    assert.equal(duration, 600)
  })

  test('are kept apart: each narrowing finds its own again, and no other', async () => {
    const ways = [
      [],
      ['--read-only'],
      ['--purpose', 'a'],
      ['--purpose', 'b'],
      ['--read-only', '--purpose', 'a'],
    ]
    const keysOf = async () => {
      const all: string[] = []
      for (const way of ways) all.push((await take([...role, ...way])).accessKeyId)
      return all
    }
    const first = await keysOf()
    assert.equal(new Set(first).size, ways.length)
    const before = issued()
    assert.deepEqual(await keysOf(), first)
    assert.equal(issued(), before)
  })

  test('come by every command that hands out', async () => {
    const narrow = [...role, '--read-only', '--purpose', 'every door']
    const show =
      'console.log(JSON.stringify([process.env.AWS_ACCESS_KEY_ID, process.env.AWS_SECRET_ACCESS_KEY, process.env.AWS_SESSION_TOKEN]))'
    const ran = await cli.run(['exec', ...narrow, '--', process.execPath, '-e', show])
    assert.equal(ran.code, 0, ran.stderr)
    const [accessKeyId, secretAccessKey, sessionToken] = JSON.parse(ran.stdout)
    const keys = { accessKeyId, secretAccessKey, sessionToken }
    assert.deepEqual(await tries(stage, keys), { read: 200, write: 403 })
    for (const args of [['env', '--shell', 'bash'], ['credentials']]) {
      const { stdout } = await cli.run([...args, ...narrow])
      assert.ok(stdout.includes(accessKeyId), args.join(' '))
    }
    const link = await cli.run(['console', ...narrow, '--no-browser'])
    assert.equal(link.code, 0, link.stderr)
    const { purpose, readOnly } = await lastOf(stage, 'console_link_issued')
    assert.deepEqual([purpose, readOnly], ['every door', true])
  })

  test('are refused with the cause and the fix', async () => {
    const file = join(cli.home, 'bad.json')
    const bad = async (text: string) => {
      await writeFile(file, text)
      return cli.run(['credentials', ...role, '--policy', file])
    }
    const told: readonly (readonly [Awaited<ReturnType<typeof cli.run>>, RegExp])[] = [
      [await bad('{'), /bad\.json is no session policy: it is no JSON/],
      [
        await bad('{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3","Resource":"*"}}'),
        /has the action "s3"; an action is service:Name/,
      ],
      [await bad(' '.repeat(70_000)), /more than 65536 bytes/],
      [
        await cli.run(['credentials', ...role, '--policy', `${file}.not`]),
        /There is no file .*bad\.json\.not\./,
      ],
      [
        await cli.run(['credentials', ...role, '--purpose', 'two\nlines']),
        /one line of at most 256 characters/,
      ],
      [await cli.run(['credentials', ...role, '--for', 'soon']), /write it like 45m/],
      // Not the role's own time, as if nothing had been said.
      [await cli.run(['credentials', ...role, '--for', '0s']), /no time at all/],
      [await cli.run(['credentials', ...role, '--duration', '0']), /no time at all/],
      [await cli.run(['credentials', ...role], { ROLEBRIDGE_DURATION: '0m' }), /no time at all/],
      [
        await bad(
          `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${'x'.repeat(2100)}"}}`,
        ),
        /has 2\d{3} characters.* 2048 at the most/,
      ],
      [
        await cli.run(['credentials', ...role, '--for', '10m', '--duration', '1h']),
        /either --for or --duration/,
      ],
    ]
    for (const [{ code, stdout, stderr }, words] of told) {
      assert.deepEqual([code, stdout], [5, ''], stderr)
      assert.match(stderr, words)
    }
  })
})

describe('an AI agent in the environment', () => {
  const variables: readonly (readonly [NodeJS.ProcessEnv, string])[] = [
    [{ CLAUDECODE: '1' }, 'claude-code'],
    [{ CURSOR_AGENT: '1' }, 'cursor'],
    [{ CODEX_SANDBOX: 'seatbelt' }, 'codex'],
    [{ GEMINI_CLI: '1' }, 'gemini-cli'],
    [{ AI_AGENT: 'Goose' }, 'goose'],
    [{ AGENT: 'amp' }, 'amp'],
    [{ ROLEBRIDGE_AGENT: 'our-bot', CLAUDECODE: '1' }, 'our-bot'],
    [{ ROLEBRIDGE_AGENT_VARIABLES: 'DEVIN, BOT=our-bot', BOT: '1' }, 'our-bot'],
  ]

  test('is named to the bridge, whichever variable says so', async () => {
    for (const [env, name] of variables) {
      await take(['--role', arnOf('Task')], env)
      assert.equal((await lastOf(stage, 'credentials_issued')).agent, name)
    }
    for (const env of [{ CLAUDECODE: '' }, { AGENT: '0' }, { BOT: '1' }])
      await take(['--role', arnOf('Task'), '--purpose', JSON.stringify(env)], env)
    assert.ok(!('agent' in (await lastOf(stage, 'credentials_issued'))))
  })

  test('never shares a cache entry with the person, in either direction, on the fast path too', async () => {
    const agent = { CLAUDECODE: '1' }
    const own = await take(['--role', arnOf('Read')])
    const agents = await take(['--role', arnOf('Read')], agent)
    assert.notEqual(own.accessKeyId, agents.accessKeyId)
    assert.deepEqual(await tries(stage, agents), { read: 200, write: 403 })
    const before = issued()
    assert.equal((await take(['--role', arnOf('Read')])).accessKeyId, own.accessKeyId)
    assert.equal((await take(['--role', arnOf('Read')], agent)).accessKeyId, agents.accessKeyId)
    assert.notEqual(
      (await take(['--role', arnOf('Read')], { GEMINI_CLI: '1' })).accessKeyId,
      agents.accessKeyId,
    )
    assert.equal(issued(), before + 1)
  })

  test('is told that a role is not for it, and why', async () => {
    const { code, stderr } = await cli.run(['credential-process', '--role', arnOf('Closed')], {
      CLAUDECODE: '1',
    })
    assert.equal(code, 3)
    assert.match(stderr, /This role is not for AI agents\. A person may take it\./)
    const why = await cli.run(['explain', arnOf('Closed')], { CLAUDECODE: '1' })
    assert.match(why.stdout, /but not to an AI agent, and one asks \(claude-code\)/)
    assert.equal((await cli.run(['explain', arnOf('Closed')])).stdout.includes('agent'), false)
  })

  test('that signs in stays one, and a person who comes after it signs in as themselves', async () => {
    const agent = { ROLEBRIDGE_AGENT: 'our-bot' }
    Object.assign(cli.env, agent)
    const { page, code, stderr } = await logIn(cli, stage, 'alice', ['--force'])
    delete cli.env.ROLEBRIDGE_AGENT
    assert.equal(code, 0, stderr)
    assert.match(page.text, /An AI agent asks: .*our-bot/)
    assert.match((await cli.run(['whoami'])).stdout, /, as the AI agent our-bot\n/)
    assert.equal((await cli.run(['credential-process', '--role', arnOf('Closed')])).code, 3)
    assert.match((await cli.run(['sessions'])).stdout, /\(AI agent our-bot\)/)
    assert.match((await cli.run(['login'], agent)).stderr, /You are still signed in/)
    const again = await logIn(cli, stage, 'alice')
    assert.match(again.stderr, /Open http[\s\S]*Signed in to /)
    assert.equal((await cli.run(['credential-process', '--role', arnOf('Closed')])).code, 0)
  })
})

test('the stock AWS CLI reads with read-only credentials and cannot write', async (t) => {
  const { spawnSync } = await import('node:child_process')
  if (spawnSync('aws', ['--version']).status !== 0) return t.skip('no AWS CLI here')
  await mkdir(join(cli.home, '.aws'), { recursive: true })
  const endpoint = `${stage.world.urls.sts}/s3`
  const run = (...args: string[]) =>
    cli.run([
      'exec',
      '--role',
      arnOf('Reached'),
      '--read-only',
      '--',
      'aws',
      '--endpoint-url',
      endpoint,
      's3api',
      ...args,
    ])
  const read = await run('get-object', '--bucket', 'demo', '--key', 'hello.txt', join(cli.home, 'hello.txt'))
  assert.equal(read.code, 0, read.stderr)
  const write = await run('put-object', '--bucket', 'demo', '--key', 'by-cli.txt')
  assert.notEqual(write.code, 0)
  assert.match(write.stderr, /AccessDenied/)
})
