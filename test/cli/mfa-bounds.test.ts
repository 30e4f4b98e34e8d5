import assert from 'node:assert/strict'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { createServer } from 'node:tls'
import { readUserProfile } from '../../src/cli/mfa/user-keys.ts'
import { makeKeys } from '../keys.ts'
import { startConnectProxy } from '../outgoing/connect-proxy.ts'
import { failure, startQueryServer } from '../sts/query-server.ts'
import { ended, folderOf } from './command-line.ts'
import { append, startMfa, userSecret } from './iam-users.ts'
import { atTerminal, hasTerminals } from './pseudo-terminal.ts'

const { stage, cli, env, user, run, close } = await startMfa()
after(close)

const asProcess = (name: string, ...more: string[]) =>
  run(['--profile', name, '--credential-process', ...more])

const keptFolder = () => join(folderOf(cli), 'mfa')
const keptFiles = () => readdirSync(keptFolder()).filter((name) => name.endsWith('.json'))

/** Opens a session and answers the file in which it is kept. */
async function keptOf(name: string, config?: string) {
  const { code } = await user(name, config)
  const before = (() => {
    try {
      return keptFiles()
    } catch {
      return []
    }
  })()
  const { code: status, stderr } = await run(['--profile', name, '--code', code()])
  assert.equal(status, 0, stderr)
  const [file = ''] = keptFiles().filter((one) => !before.includes(one))
  const path = join(keptFolder(), file)
  const change = (how: (kept: { issuedAt: number; credentials: Record<string, unknown> }) => void) => {
    const kept = JSON.parse(readFileSync(path, 'utf8'))
    how(kept)
    writeFileSync(path, JSON.stringify(kept))
  }
  return { path, change, code }
}

describe('a kept session', () => {
  test('serves to its last minute, unless a program can renew it before', async () => {
    const { change, code } = await keptOf('jane')
    const endsIn = (milliseconds: number) =>
      change((kept) => {
        kept.issuedAt = Date.now() - 11 * 3_600_000
        kept.credentials.expiresAt = Date.now() + milliseconds
      })
    endsIn(600_000)
    assert.equal((await asProcess('jane')).code, 0)
    const renewed = await asProcess('jane', '--code-command', `echo ${code(1)}`)
    assert.equal(renewed.code, 0, renewed.stderr)
    assert.ok(Date.parse(JSON.parse(renewed.stdout).Expiration) - Date.now() > 11 * 3_600_000)
    endsIn(30_000)
    assert.equal((await asProcess('jane')).code, 1)
  })

  test('is of the keys and the device that it was opened with', async () => {
    const [one, two] = [await keptOf('kate'), await keptOf('lena', 'region = eu-west-1')]
    assert.equal((await asProcess('lena')).code, 0)
    const other = await asProcess('lena', '--serial', 'arn:aws:iam::111122223333:mfa/another')
    assert.equal(other.code, 1)
    cpSync(one.path, two.path)
    assert.equal((await asProcess('lena')).code, 1)
    assert.equal((await asProcess('kate')).code, 0)
  })

  test('that was tampered with or cut off counts as none', async () => {
    const { path, change } = await keptOf('mary')
    change(({ credentials }) => {
      credentials.sessionToken = 'x\u001b]0;y'
    })
    assert.equal((await asProcess('mary')).code, 1)
    writeFileSync(path, '{')
    assert.equal((await asProcess('mary')).code, 1)
  })
})

test('a code that was given is tried once, and what a program prints is read up to a bound', async () => {
  const { code } = await user('nora')
  const wrong = await run(['--profile', 'nora', '--code', '000000'])
  assert.equal(wrong.code, 6)
  assert.equal(wrong.stderr.split('did not take this code').length, 2)
  const long = `head -c 20000 /dev/zero | tr '\\0' x; echo ' ${code()}'`
  const bounded = await run(['--profile', 'nora', '--code-command', long])
  assert.equal(bounded.code, 5)
  assert.match(bounded.stderr, /printed no single number/)
  const failed = await run(['--profile', 'nora', '--code-command', `echo ${code()}; exit 3`])
  assert.match(failed.stderr, /ended with 3/)
})

test('which keys count is as with AWS’s own tools: a named profile, the environment’s, its keys', async () => {
  const [first, second] = [await user('olga'), await user('pola')]
  const keys = { AWS_ACCESS_KEY_ID: first.accessKeyId, AWS_SECRET_ACCESS_KEY: userSecret }
  const named = await run(['--profile', 'pola', '--code', second.code()], keys)
  assert.match(named.stderr, /user\/team\/pola has a session/)
  const byEnvironment = await run([], { ...keys, AWS_PROFILE: 'pola' })
  assert.match(byEnvironment.stderr, /user\/team\/pola has a session/)
  await append(
    cli,
    'config',
    '[profile both]\naws_access_key_id = AKIAOTHERXXXXXXXXXXX\naws_secret_access_key = x\n',
  )
  await append(
    cli,
    'credentials',
    `[both]\naws_access_key_id = ${first.accessKeyId}\naws_secret_access_key = ${userSecret}\n`,
  )
  const both = await run(['--profile', 'both', '--serial', first.mfa.serial, '--code', first.code()])
  assert.match(both.stderr, /user\/team\/olga has a session/)
})

test('keys that AWS would not take for this are told before it is asked', async () => {
  const say = async (id: string, secret = userSecret) => {
    const keys = { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret }
    const { code, stderr } = await run(['--code', '123456'], keys)
    assert.equal(code, 5, stderr)
    return stderr
  }
  assert.match(await say('ASIAIOSFODNN7EXAMPLE'), /The keys in the environment are those of a session/)
  assert.match(await say('AKIA'), /not of the form/)
  assert.match(await say('AKIAIOSFODNN7EXAMPLE', 'a b'), /not of the form/)
  assert.match(await say('AKIAIOSFODNN7EXAMPLE', ''), /There are no keys of an IAM user in the environment/)
})

test('a device that cannot be guessed is asked for, and one that is none is refused', async () => {
  const { arn, code } = await user('ruth', 'output = json')
  const held = stage.world.sts.state.users.get(arn)
  assert.ok(held)
  stage.world.sts.state.users.set(arn, { ...held, arn: 'arn:aws:iam::111122223333:root' })
  const root = await run(['--profile', 'ruth', '--code', code()])
  assert.equal(root.code, 5)
  assert.match(
    root.stderr,
    /The device of arn:aws:iam::111122223333:root cannot be guessed\. Say which it is/,
  )
  const none = await run(['--profile', 'ruth', '--serial', 'a b', '--code', code()])
  assert.equal(none.code, 5)
  assert.match(none.stderr, /a b is no MFA device; write it like/)
})

test('keys leave this machine by https only, and configured endpoints can be switched off', async () => {
  await user('sara')
  const args = ['--profile', 'sara', '--code', '123456']
  for (const endpoint of ['http://sts.example', 'ftp://localhost', 'sts.example']) {
    const { code, stderr } = await run(args, { AWS_ENDPOINT_URL_STS: endpoint })
    assert.equal(code, 5)
    assert.match(stderr, /must be https: credentials travel there/)
  }
  const files = { HOME: cli.home, ...env }
  assert.equal(readUserProfile('sara', files).endpoint, env.AWS_ENDPOINT_URL_STS)
  const ignored = readUserProfile('sara', { ...files, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' })
  assert.equal(ignored.endpoint, undefined)
})

test('what STS says reaches the person without secrets and within bounds', async (t) => {
  await user('tina')
  const sts = await startQueryServer(t)
  const ask = async (...answers: Parameters<typeof sts.answer>) => {
    sts.answer(...answers)
    return run(['--profile', 'tina', '--code', '123456'], { AWS_ENDPOINT_URL_STS: sts.url })
  }
  const echo = await ask(failure(403, 'AccessDenied', `no ${userSecret} ${'x'.repeat(5000)}`))
  assert.equal(echo.code, 6)
  assert.match(echo.stderr, /AWS said: AccessDenied: no … x/)
  assert.ok(!echo.stderr.includes(userSecret))
  assert.ok(echo.stderr.length < 1000, `${echo.stderr.length}`)
  assert.equal((await ask(failure(400, 'Throttling', 'Rate exceeded'))).code, 6)
  assert.equal((await ask(failure(503, 'ServiceUnavailable', 'x'))).code, 4)
  const owner = answer(
    'GetCallerIdentity',
    '<Arn>arn:aws:iam::111122223333:user/tina</Arn><UserId>A</UserId><Account>111122223333</Account>',
  )
  const half = answer(
    'GetSessionToken',
    '<Credentials><AccessKeyId>ASIAX</AccessKeyId><SecretAccessKey>x</SecretAccessKey><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>',
  )
  const incomplete = await ask(owner, half)
  assert.equal(incomplete.code, 6)
  assert.match(incomplete.stderr, /holds no complete credentials/)
  const nobody = await ask(answer('GetCallerIdentity', '<UserId>A</UserId>'))
  assert.match(nobody.stderr, /does not say whose keys these are/)
})

const answer = (action: string, members: string) => (response: ServerResponse) =>
  response
    .writeHead(200, { 'content-type': 'text/xml' })
    .end(
      `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>${members}</${action}Result></${action}Response>`,
    )

test('as credential_process it asks nobody who sits at the terminal either', {
  skip: !hasTerminals && 'there is no script(1) of util-linux',
}, async () => {
  await user('vera')
  const child = atTerminal(cli, ['mfa', '--profile', 'vera', '--credential-process'], env)
  const { code, stdout } = await ended(child)
  assert.equal(code, 1)
  assert.match(stdout, /There is no session with a second factor/)
  assert.doesNotMatch(stdout, /Code of/)
})

test('where a proxy stands in the way, the session is opened through it', async (t) => {
  const { key, cert } = await makeKeys('sts.corp.test')
  const { port: sts } = new URL(stage.world.urls.sts)
  const secured = createServer({ key, cert }, (client) => {
    const plain = connect(Number(sts), '127.0.0.1')
    for (const one of [client, plain]) one.on('error', () => client.destroy())
    client.pipe(plain).pipe(client)
  })
  await new Promise<void>((resolve) => secured.listen(0, '127.0.0.1', resolve))
  t.after(() => new Promise((resolve) => secured.close(resolve)))
  const { port } = secured.address() as AddressInfo
  const proxy = await startConnectProxy(t, { to: () => port })
  const ca = join(cli.home, 'ca.pem')
  writeFileSync(ca, cert)
  const { code, arn } = await user('petra')
  const { code: status, stderr } = await run(['--profile', 'petra', '--code', code()], {
    AWS_ENDPOINT_URL_STS: 'https://sts.corp.test',
    HTTPS_PROXY: `http://${proxy.address}`,
    NODE_EXTRA_CA_CERTS: ca,
  })
  assert.equal(status, 0, stderr)
  assert.ok(stderr.startsWith(`${arn} has a session with `), stderr)
  assert.deepEqual([...new Set(proxy.targets)], ['sts.corp.test:443'])
})
