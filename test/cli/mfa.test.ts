import assert from 'node:assert/strict'
import { readdirSync, statSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { fromIni } from '@aws-sdk/credential-providers'
import { callerOf } from '../caller.ts'
import { ended, folderOf, until } from './command-line.ts'
import { append, userSecret as secret, startMfa } from './iam-users.ts'
import { atTerminal, hasTerminals } from './pseudo-terminal.ts'

const movedClock = new URL('./moved-clock.mjs', import.meta.url).href
const { stage, cli, env, user, run, close } = await startMfa()
after(close)

const whoIs = (printed: string) => callerOf(stage, printed)

test('opens a session with the device of the profile, keeps it, and hands it to AWS’s own tools', async () => {
  const { arn, mfa, code } = await user('anna')
  const opened = await run(['--profile', 'anna', '--code', code()])
  assert.equal(opened.code, 0, opened.stderr)
  assert.equal(opened.stdout, '')
  assert.match(
    opened.stderr,
    /^arn:aws:iam::111122223333:user\/team\/anna has a session with arn:aws:iam::111122223333:mfa\/anna until /,
  )
  const printed = await run(['--profile', 'anna', '--credential-process'])
  assert.deepEqual([printed.code, printed.stderr], [0, ''])
  const { Version, AccountId, Expiration } = JSON.parse(printed.stdout)
  assert.deepEqual([Version, AccountId], [1, '111122223333'])
  const hours = (Date.parse(Expiration) - Date.now()) / 3_600_000
  assert.ok(hours > 11.9 && hours <= 12, `${hours}`)
  assert.equal(await whoIs(printed.stdout), arn)
  const [session] = stage.world.sts.issued.recent(1)
  assert.equal(session?.owner, arn)
  assert.ok(session?.mfaAt !== undefined, mfa.serial)

  const [file = ''] = readdirSync(join(folderOf(cli), 'mfa'))
  const path = join(folderOf(cli), 'mfa', file)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.ok(!(await readFile(path, 'utf8')).includes(secret))

  const program = `${process.execPath} ${cli.program} mfa --profile anna --credential-process`
  const config = join(cli.home, 'tools')
  await writeFile(config, `[profile tools]\ncredential_process = ${program}\n`)
  Object.assign(process.env, { ...env, HOME: cli.home, XDG_STATE_HOME: cli.env.XDG_STATE_HOME })
  const provider = fromIni({ profile: 'tools', configFilepath: config, filepath: join(cli.home, 'none') })
  const sts = new STSClient({ region: 'eu-west-1', endpoint: stage.world.urls.sts, credentials: provider })
  assert.equal((await sts.send(new GetCallerIdentityCommand({}))).Arn, arn)
})

test('prints every format, with the region of the profile', async () => {
  const { code, arn } = await user('bea')
  const env = await run(['--profile', 'bea', '--format', 'env', '--code', code()])
  assert.equal(env.code, 0, env.stderr)
  assert.match(env.stdout, /export AWS_SESSION_TOKEN=/)
  assert.match(env.stdout, /eu-central-1/)
  const json = await run(['--profile', 'bea', '--json'])
  assert.equal(JSON.parse(json.stdout).principalArn ?? arn, arn)
})

test('as credential_process it asks nobody and says what to run; a program that shows codes needs nobody', async () => {
  const { code, arn } = await user('cleo')
  const none = await run(['--profile', 'cleo', '--credential-process'])
  assert.deepEqual([none.code, none.stdout], [1, ''])
  assert.match(
    none.stderr,
    /There is no session with a second factor for the profile cleo, or it has ended\.\nOpen one with: rolebridge mfa --profile cleo\n/,
  )
  const all = await Promise.all(
    Array.from({ length: 5 }, () =>
      run(['--profile', 'cleo', '--credential-process', '--code-command', `echo "AWS: ${code()} (29 s)"`]),
    ),
  )
  assert.deepEqual([...new Set(all.map(({ code, stderr }) => `${code} ${stderr}`))], ['0 '])
  assert.equal(new Set(all.map(({ stdout }) => stdout)).size, 1)
  assert.equal(await whoIs(all[0]?.stdout ?? ''), arn)
  for (const [command, says] of [
    ['exit 3', /ended with 3/],
    ['echo 123456 654321', /no single number/],
    ['echo 1234567', /no single number/],
  ] as const) {
    const failed = await run(['--profile', 'cleo', '--fresh', '--code-command', command])
    assert.equal(failed.code, 5)
    assert.match(failed.stderr, says)
  }
})

test('a code that was used is explained, and so is one that is wrong', async () => {
  const digits = (await user('dora')).code()
  assert.equal((await run(['--profile', 'dora', '--code', digits])).code, 0)
  const again = await run(['--profile', 'dora', '--fresh', '--code', digits])
  assert.equal(again.code, 6)
  assert.match(
    again.stderr,
    /Each code counts once, and for half a minute: wait for the next, at most 30 s\./,
  )
  assert.match(
    again.stderr,
    /AWS said: AccessDenied: MultiFactorAuthentication failed with invalid MFA one time pass code/,
  )
  assert.equal((await run(['--profile', 'dora', '--credential-process'])).code, 0)
  const letters = await run(['--profile', 'dora', '--fresh', '--code', '12345a'])
  assert.equal(letters.code, 5)
  assert.match(letters.stderr, /six digits/)
})

test('the device is guessed where nobody named it, which is said; one of another account is refused before a code is spent', async () => {
  const { code, mfa } = await user('emma', 'output = json')
  const guessed = await run(['--profile', 'emma', '--code', code()])
  assert.equal(guessed.code, 0, guessed.stderr)
  assert.match(
    guessed.stderr,
    /No mfa_serial is set; trying arn:aws:iam::111122223333:mfa\/emma, as a device is mostly called/,
  )
  const settings = join(cli.home, '.aws/config')
  assert.ok(guessed.stderr.includes(`mfa_serial = ARN below [profile emma] in ${settings}.`), guessed.stderr)
  const other = mfa.serial.replace('111122223333', '444455556666')
  const foreign = await run(['--profile', 'emma', '--serial', other, '--code', code(1)])
  assert.equal(foreign.code, 5)
  assert.match(
    foreign.stderr,
    /is of another account than the keys, which are arn:aws:iam::111122223333:user\/team\/emma's/,
  )
  const key = await run([
    '--profile',
    'emma',
    '--serial',
    'arn:aws:iam::111122223333:u2f/user/emma/x',
    '--code',
    '1',
  ])
  assert.match(key.stderr, /security key or passkey, which AWS takes in the console alone/)
  assert.equal(
    (await run(['--profile', 'emma', '--serial', mfa.serial, '--fresh', '--code', code(1)])).code,
    0,
  )
  stage.advance(60)
  const remembered = await run(['--profile', 'emma', '--fresh', '--code', code()])
  assert.equal(remembered.code, 0, remembered.stderr)
  assert.doesNotMatch(remembered.stderr, /No mfa_serial is set/)
  assert.match(remembered.stderr, /has a session with arn:aws:iam::111122223333:mfa\/emma/)
})

test('a clock that is wrong is told by how much, and is put right for the call', async () => {
  const { code } = await user('fay')
  const clock = join(cli.home, 'clock')
  await writeFile(clock, '600')
  const moved = { NODE_OPTIONS: `--import ${movedClock}`, TEST_CLOCK_FILE: clock }
  const { code: status, stderr } = await run(['--profile', 'fay', '--code', code()], moved)
  assert.equal(status, 0, stderr)
  assert.match(stderr, /The clock of this machine is 10 minutes ahead of AWS's: set it \(NTP\)/)
  await writeFile(clock, '-120')
  const wrong = await run(['--profile', 'fay', '--fresh', '--code', '000000'], moved)
  assert.equal(wrong.code, 6)
  assert.match(wrong.stderr, /wait for the next.* 2 minutes behind AWS's/s)
})

test('keys that are none are told before a code is asked for', async () => {
  const { arn } = await user('gina')
  const args = ['--profile', 'gina', '--code', '123456']
  const held = stage.world.sts.state.users.get(arn)
  assert.ok(held)
  stage.world.sts.state.users.set(arn, { ...held, secretAccessKey: 'c'.repeat(40) })
  const wrong = await run(args)
  assert.equal(wrong.code, 6)
  assert.match(wrong.stderr, /Either the secret access key is not the one of AKIAGINA/)
  stage.world.sts.state.users.delete(arn)
  const gone = await run(args)
  assert.equal(gone.code, 6)
  assert.match(gone.stderr, /The access key AKIAGINAX+ was deleted or switched off/)
  assert.ok(!`${wrong.stderr}${gone.stderr}`.includes(secret))
  const away = await run(args, { AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9' })
  assert.equal(away.code, 4, away.stderr)
  const open = await run(args, { AWS_ENDPOINT_URL_STS: 'http://sts.example' })
  assert.match(open.stderr, /must be https/)
})

test('keys come from the environment too; those of a session, of another profile or none are faults that say so', async () => {
  const { accessKeyId, code, arn, mfa } = await user('hope')
  const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secret }
  const format = ['--format', 'credential-process']
  const opened = await run([...format, '--serial', mfa.serial, '--code', code(), '--duration', '36h'], keys)
  assert.equal(opened.code, 0, opened.stderr)
  assert.equal(await whoIs(opened.stdout), arn)
  assert.ok(Date.parse(JSON.parse(opened.stdout).Expiration) - Date.now() > 35.9 * 3_600_000)
  const told = await run(['--serial', mfa.serial], keys)
  assert.match(told.stderr, /^In this shell: eval "\$\(rolebridge mfa --format env\)"$/m)
  const asked = await run(['--fresh', '--credential-process'], keys)
  assert.match(asked.stderr, /^Open one with: rolebridge mfa$/m)
  for (const duration of ['37h', '14m']) {
    const refused = await run(['--profile', 'hope', '--duration', duration, '--code', code(1)])
    assert.equal(refused.code, 5)
    assert.match(refused.stderr, /AWS opens such a session for 15m to 1d 12h/)
  }
  const session = await run(['--code', '123456'], { ...keys, AWS_SESSION_TOKEN: 'x' })
  assert.match(session.stderr, /The keys in the environment are those of a session/)
  const none = await run(['--profile', 'nobody', '--code', '123456'])
  assert.equal(none.code, 5)
  assert.match(none.stderr, /There are no keys of an IAM user in the profile nobody/)
  await append(cli, 'config', '[profile role]\nrole_arn = x\nsource_profile = hope\n')
  assert.match((await run(['--profile', 'role'])).stderr, /rolebridge mfa --profile hope/)
})

describe('at a terminal', { skip: !hasTerminals && 'there is no script(1) of util-linux' }, () => {
  test('the code is asked for, and the next one when that was refused', async () => {
    const { code } = await user('iris')
    const child = atTerminal(cli, ['mfa', '--profile', 'iris'], env)
    let screen = ''
    child.stdout?.on('data', (text) => {
      screen += text
    })
    const done = ended(child)
    const asked = () => screen.split('Code of arn:aws:iam::111122223333:mfa/iris: ').length - 1
    await until(() => asked() === 1)
    child.stdin?.write('hello\r')
    await until(() => asked() === 2)
    child.stdin?.write('000000\r')
    await until(() => asked() === 3)
    assert.match(screen, /wait for the next/)
    const digits = code()
    child.stdin?.write(`${digits.slice(0, 3)} ${digits.slice(3)}\r`)
    const { code: status } = await done
    assert.equal(status, 0, screen)
    assert.match(screen, /has a session with/)
  })
})

test('the SDK is a file of its own that nothing else loads', async () => {
  const folder = join(cli.program, '..')
  const main = await readFile(join(folder, 'cli-main.js'), 'utf8')
  assert.ok(!/client-sts|GetSessionTokenCommand/.test(main))
  assert.ok(statSync(join(folder, 'cli-sts.js')).size > 100_000)
})
