import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { buildCommandLine, type CommandLine, ended, until } from './command-line.ts'
import { atTerminal, hasTerminals } from './pseudo-terminal.ts'

/** Sets a title, clears the screen, writes a line of its own, by C0, C1 and direction characters. */
const evil = 'x\x1b]0;owned\x07\x1b[2J\u009b31m\u202Edeliaf\u2066\u2028\r\nSign in with: evil\u{e0041}\ud800'
const arn = 'arn:aws:iam::111122223333:role/Admin'
const text = (name: string) => `${name} ${evil}`

/** A bridge that puts its words wherever a text may stand. */
const answers: Readonly<Record<string, (url: string) => readonly [number, unknown]>> = {
  'POST /oauth/device_authorization': (url) => [
    200,
    {
      device_code: 'd',
      user_code: text('code'),
      verification_uri: `${url}/device`,
      verification_uri_complete: `${url}/device?${evil}`,
      expires_in: 1e10,
      interval: -1,
    },
  ],
  'POST /oauth/token': () => [
    200,
    { access_token: 'a', refresh_token: 'r', token_type: 'bearer', expires_in: -1e10 },
  ],
  'GET /api/v1/me': () => [200, { user: text('alice'), session: { expiresAt: 1e300 } }],
  'GET /api/v1/roles': () => [
    200,
    {
      roles: ['Admin', 'Other'].map((name) => ({
        roleArn: `arn:aws:iam::111122223333:role/${name}`,
        alias: text('alias'),
        account: { name: text('account'), region: text('region') },
      })),
      locked: [{ roleArn: 'arn:aws:iam::111122223333:role/$(id)/Shut', reasons: [text('why')], step_up: {} }],
    },
  ],
  'GET /api/v1/explain': () => [
    200,
    { summary: text('why'), steps: [{ rule: text('rule'), outcome: 'constructor', say: text('say') }] },
  ],
  'GET /api/v1/sessions': () => [
    200,
    { sessions: [{ ref: text('ref'), kind: text('kind'), client: 7, host: text('host'), address: evil }] },
  ],
  'GET /api/v1/audit': () => [
    200,
    {
      records: ['at', 'type', 'user', 'requestId', 'code', 'roleArn', 'detail'].map((name) => ({
        at: '2026-01-05T09:00:00Z',
        [name]: text(name),
        [evil]: { deep: evil },
      })),
    },
  ],
  'POST /api/v1/console': (url) => [200, { url: `${url}/federation?${evil}` }],
  'POST /api/v1/credentials': () => [
    403,
    { code: text('code'), detail: text('detail'), requestId: text('id') },
  ],
  'GET /healthz': () => [200, {}],
}

const server = createServer((request, response) => {
  const url = `http://localhost:${(server.address() as AddressInfo).port}`
  const found =
    answers[`${request.method} ${request.url?.split('?')[0]}`] ?? (() => [404, { title: text('title') }])
  const [status, body] = found(url)
  if (request.url === '/oauth/token') polled += 1
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
})
let polled = 0
let cli: CommandLine
let url: string
before(async () => {
  server.listen(0, '127.0.0.1')
  cli = await buildCommandLine()
  url = `http://localhost:${(server.address() as AddressInfo).port}`
  const { code, stderr } = await cli.run(['login', '--url', url])
  assert.equal(code, 0, stderr)
})
after(async () => {
  server.close()
  await cli?.close()
})

/** What our own styles, the waiting line and the chooser send; a terminal also makes `\r\n` of each line's end. */
const ours = /\x1b\[(\d+m|2K|J|\d+A|\?25[lh])|\r/g
const obeyed = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]|(?![\u200c\u200d])\p{Cf}/u

const commands = [
  ['login', '--force', '--qr'],
  ['whoami'],
  ['whoami', '--json'],
  ['list'],
  ['list', '--json'],
  ['credentials', '--role', arn],
  ['credential-process', '--role', arn],
  ['credentials', '--role', 'Nobody'],
  ['credentials', '--role', 'Shut'],
  ['list', '--locked'],
  ['exec', '--role', arn, '--', 'true'],
  ['console', '--role', arn],
  ['console', '--role', arn, '--json'],
  ['explain', arn],
  ['explain', arn, '--json'],
  ['sessions'],
  ['sessions', '--json'],
  ['sessions', 'revoke', 'x'],
  ['audit'],
  ['audit', '--json'],
  ['audit', '--format', 'csv'],
  ['configure', '--print'],
  ['doctor'],
  ['doctor', '--json'],
  ['__complete', '--', 'exec', '--role', 'a'],
  ['no\x1b[2Jsuch\u009bcommand'],
]
for (const args of commands) {
  const skip = !hasTerminals && 'there is no script(1) of util-linux to make a terminal'
  test(`nothing that a bridge says moves the terminal: ${JSON.stringify(args.join(' '))}`, {
    skip,
  }, async () => {
    const { stdout } = await ended(atTerminal(cli, args))
    const rest = stdout.replace(ours, '')
    assert.doesNotMatch(rest, obeyed, JSON.stringify(rest))
    assert.doesNotMatch(rest, /^Sign in with: evil/m)
  })
}

test('what is refused is still said, with its words', async () => {
  const { code, stderr } = await cli.run(['credentials', '--role', arn])
  assert.equal(code, 3)
  assert.match(stderr, /^detail x\]0;owned\[2J31mdeliaf Sign in with: evil \(request id x/)
})

test('a command to copy runs nothing else, whatever the path of a role holds', async () => {
  const { code, stderr } = await cli.run(['credentials', '--role', 'Shut'])
  assert.equal(code, 1)
  assert.ok(stderr.endsWith(" --step-up 'arn:aws:iam::111122223333:role/$(id)/Shut'\n"), stderr)
})

test('a bridge that names an absurd pause or end is asked at a sensible pace', async () => {
  const saved = answers['POST /oauth/token']
  Object.assign(answers, { 'POST /oauth/token': () => [400, { error: 'authorization_pending' }] })
  polled = 0
  const child = cli.start(['login', '--force', '--url', url])
  const done = ended(child)
  await until(() => polled > 0)
  const [first, begun] = [polled, performance.now()]
  await until(() => polled >= first + 2)
  const between = (performance.now() - begun) / 2
  child.kill()
  await done
  Object.assign(answers, { 'POST /oauth/token': saved })
  assert.ok(between > 500, `it asked every ${between} ms`)
})

test('every word goes through one place', () => {
  const folder = join(import.meta.dirname, '../../src/cli')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )
  const writers = files.filter((name) =>
    /(stdout|stderr)\.write\(|\bconsole\.(log|error|warn|info)\(/.test(
      readFileSync(join(folder, name), 'utf8'),
    ),
  )
  assert.deepEqual(writers, ['terminal/terminal.ts'])
})
