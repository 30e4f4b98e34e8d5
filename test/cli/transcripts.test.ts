import assert from 'node:assert/strict'
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Stage, startStage } from '../stage.ts'
import { buildCommandLine, type CommandLine, folderOf, logIn } from './command-line.ts'

const admin = 'arn:aws:iam::111122223333:role/Admin'
let stage: Stage
let cli: CommandLine

before(async () => {
  ;[stage, cli] = await Promise.all([startStage(), buildCommandLine()])
})
after(async () => {
  await Promise.all([stage?.close(), cli?.close()])
})

/** What a command says, with what differs between two runs made the same. */
function told(text: string): string {
  return text
    .replaceAll(stage.url, '<bridge>')
    .replaceAll(stage.world.urls.sts, '<aws>')
    .replaceAll(cli.home, '~')
    .replaceAll(`${process.execPath} ${cli.program}`, 'rolebridge')
    .replace(/\b[A-Z]{4}-[A-Z]{4}\b/g, '<code>')
    .replace(/\d+h \d+m/g, '<time>')
}

test('before a sign-in every command fails fast and names the command that helps', async () => {
  const url = ['--url', stage.url]
  const commands = ['whoami', 'list', 'explain', 'sessions'].map((name) => [name])
  const takes = ['credentials', 'credential-process', 'env', 'console', 'configure']
  for (const args of [...commands, ...takes.map((name) => [name, '--role', admin])]) {
    const { code, stdout, stderr } = await cli.run([...args, ...url])
    assert.deepEqual([code, stdout], [1, ''], args.join(' '))
    assert.match(stderr, /Sign in with: rolebridge login --url http/, args.join(' '))
  }
})

test('login shows address and code, waits for the person, and keeps tokens where only they can read', async () => {
  const { code, stdout, stderr, page } = await logIn(cli, stage, 'alice')
  assert.equal(code, 0)
  assert.equal(stdout, '')
  assert.equal(
    told(stderr),
    'Open <bridge>/device?user_code=<code>\nand compare the code: <code>\nSigned in to <bridge> as alice@corp.example, for <time>.\n',
  )
  assert.match(page.text, /rolebridge 0\./)
  const folder = folderOf(cli)
  for (const name of [folder, join(folder, 'tokens')]) assert.equal((await stat(name)).mode & 0o777, 0o700)
  assert.equal((await stat(join(folder, 'sign-ins.json'))).mode & 0o777, 0o600)
})

describe('signed in', () => {
  const transcripts: readonly (readonly [args: string, stdout: RegExp, stderr?: RegExp])[] = [
    ['login', /^$/, /^You are still signed in to <bridge> as alice@corp.example, for <time>\.\n$/],
    ['whoami', /^alice@corp.example at <bridge>, for <time> more\nserved by configuration [0-9a-f]{12}\n$/],
    ['whoami --json', /"user": "alice@corp.example"/],
    [
      'list',
      /^ACCOUNT +ROLE +NUMBER +ARN\nproduction +Admin +111122223333 .*\nsandbox +ReadOnly +444455556666 .*\n$/,
    ],
    [
      'list --account sandbox --json',
      /^\[\n {2}\{\n {4}"roleArn": "arn:aws:iam::444455556666:role\/ReadOnly"[^}]*\}\n\]\n$/,
    ],
    [
      'credentials --role Admin',
      /"principalArn": "arn:aws:sts::111122223333:assumed-role\/Admin\/alice@corp.example"/,
    ],
    [
      'credentials --role production/admin --format credentials-file --profile x',
      /^\[x\]\naws_access_key_id = ASIA/,
    ],
    ['--role ReadOnly credentials --format fish', /set -gx AWS_ACCESS_KEY_ID 'ASIA/],
    [
      `credential-process --role ${admin}`,
      /^\{"Version":1,"AccessKeyId":"ASIA[^\n]*"AccountId":"111122223333"\}\n$/,
    ],
    ['credential-process --role Admin --window 1h', /^\{"Version":1,"AccessKeyId":"ASIA/],
    ['env --role Admin --shell bash', /^unset AWS_PROFILE .*\nexport AWS_ACCESS_KEY_ID='ASIA/],
    ['env --role Admin --shell powershell', /Env:AWS_PROFILE[\s\S]*AWS_ACCESS_KEY_ID/i],
    ['exec --role Admin -- sh -c env', /^AWS_ACCESS_KEY_ID=ASIA/m],
    ['console --role Admin', /^<aws>\/federation\?Action=login&/],
    ['console --role Admin --json', /"url": "<aws>\/federation\?Action=login&/],
    ['explain Admin', /^.*may take.*\n[\s\S]*✓ by-group-name/],
    ['explain Root --account 999988887777 --json', /"summary":/],
    ['sessions', /^SESSION +KIND +PROGRAM[\s\S]* cli +rolebridge .* this one\n/],
    ['sessions --json', /"current": true/],
    [
      'configure --print',
      /^# >>> rolebridge <bridge>[\s\S]*\[profile production-Admin\]\ncredential_process = /,
    ],
    ['configure --diff', /^\+# >>> rolebridge <bridge>/],
    [
      'configure --json',
      /"written": \[\n {4}"production-Admin",\n {4}"sandbox-ReadOnly"\n {2}\]/,
      /has 2 profiles/,
    ],
    ['configure', /^$/, /~\/.aws\/config has 2 profiles of <bridge>\.\n$/],
    ['doctor', /✓ sign-in +alice@corp.example[\s\S]*✓ profiles +2 in ~/],
    ['completion bash', /complete -o default -F _rolebridge rolebridge/],
    ['completion zsh', /^#compdef rolebridge/],
    ['completion fish', /complete -c rolebridge/],
    ['completion powershell', /Register-ArgumentCompleter/],
    ['__complete -- exec --role p', /^production\/Admin\tarn:aws:iam::111122223333:role\/Admin\n$/],
    ['__complete -- credentials --format cred', /^credentials-file\ncredential-process\n$/],
  ]
  for (const [args, stdout, stderr = /^$/] of transcripts) {
    test(`rolebridge ${args}`, async () => {
      const done = await cli.run(args.split(' '))
      assert.equal(done.code, 0, done.stderr)
      assert.match(told(done.stdout), stdout)
      assert.match(told(done.stderr), stderr)
    })
  }

  const failures: readonly (readonly [args: string, code: number, stderr: RegExp])[] = [
    ['credentials', 5, /Name a role with --role/],
    ['credentials --role Admni', 3, /You have no role Admni\. Do you mean Admin\?/],
    ['credentials --role arn:aws:iam::111122223333:role/Root', 3, /You may not take this role/],
    ['credentials --role Admin --duration 12h --fresh', 5, /may be held for 4h at most/],
    ['credentials --role Admin --duration soon', 5, /45m, 8h/],
    ['credentials --role Admin --format xml', 5, /Allowed choices/],
    ['list --url http://example.com', 5, /not https/],
    ['login --url http://127.0.0.1:9', 4, /could not be reached/],
    ['exec --role Admin -- /nowhere/at-all', 127, /could not be run: no such command/],
    ['exec --role Admin -- /etc/passwd', 126, /could not be run: it is no program/],
    ['sessions revoke nobody', 5, /You have no such session/],
    ['completion csh', 5, /Allowed choices/],
    ['lsit', 5, /Did you mean list\?/],
  ]
  for (const [args, code, stderr] of failures) {
    test(`rolebridge ${args} ends with ${code}`, async () => {
      const done = await cli.run(args.split(' '))
      assert.equal(done.code, code, done.stderr)
      assert.equal(done.stdout, '')
      assert.match(told(done.stderr), stderr)
    })
  }

  test('exec ends as its command ends, by code and by signal', async () => {
    assert.equal((await cli.run(['exec', '--role', 'Admin', '--', 'sh', '-c', 'exit 7'])).code, 7)
    assert.equal((await cli.run(['exec', '--role', 'Admin', '--', 'sh', '-c', 'kill -TERM $$'])).code, 143)
  })

  test('configure refuses a profile that the credentials file shadows, and writes the others', async () => {
    const other = await cli.copy()
    await writeFile(join(other.home, '.aws', 'credentials'), '[production-Admin]\naws_access_key_id = AKIA\n')
    await writeFile(join(other.home, '.aws', 'config'), '')
    const { code, stderr } = await other.run(['configure'])
    assert.equal(code, 5)
    assert.match(
      stderr,
      /The profile production-Admin was not written: .*credentials has keys under this name/,
    )
    const config = await readFile(join(other.home, '.aws', 'config'), 'utf8')
    assert.ok(!config.includes('production-Admin') && config.includes('[profile sandbox-ReadOnly]'))
  })

  test('the keys that credential-process hands out are nowhere among the tokens of the bridge', async () => {
    const folder = folderOf(cli)
    const { stdout } = await cli.run(['credential-process', '--role', admin])
    const { SessionToken } = JSON.parse(stdout)
    const files = await Promise.all(
      ['credentials', 'tokens'].map(async (name) => {
        const names = (await readdir(join(folder, name))).filter((file) => file.endsWith('.json'))
        return Promise.all(names.map((file) => readFile(join(folder, name, file), 'utf8')))
      }),
    )
    assert.ok(files[0]?.join('').includes(SessionToken))
    assert.doesNotMatch(files[0]?.join('') ?? '', /rb[ar]_/)
    assert.match(files[1]?.join('') ?? '', /rbr_/)
  })

  test('a memory that others may read is refused, with the words that mend it', async () => {
    const other = await cli.copy()
    await chmod(folderOf(other), 0o750)
    const { code, stderr } = await other.run(['whoami'])
    assert.equal(code, 5)
    assert.match(stderr, /open to others\. Close it with: chmod 700/)
  })
})

test('a request that the person denies ends with 3 and leaves nothing', async () => {
  const other = await cli.copy()
  const { code, stderr } = await logIn(other, stage, 'alice', ['--force'], 'deny')
  assert.equal(code, 3)
  assert.match(stderr, /declined at the browser/)
})

test('login --force ends the sign-in that it replaces', async () => {
  const copy = await cli.copy()
  assert.equal((await copy.run(['whoami'])).code, 0)
  const { code, stderr } = await logIn(cli, stage, 'alice', ['--force'])
  assert.equal(code, 0, stderr)
  assert.equal((await copy.run(['whoami'])).code, 1)
  assert.equal((await cli.run(['whoami'])).code, 0)
})

test('logout ends the session at the bridge and forgets every credential', async () => {
  const thief = await cli.copy()
  const { code, stderr } = await cli.run(['logout'])
  assert.equal(code, 0)
  assert.match(told(stderr), /^Signed out of <bridge>\.\n/)
  const left = await cli.run(['credential-process', '--role', admin])
  assert.equal(left.code, 1)
  assert.match(
    told(left.stderr),
    /^You are not signed in to <bridge>\.\nSign in with: rolebridge login --url <bridge>\n$/,
  )
  const stolen = await thief.run(['whoami'])
  assert.equal(stolen.code, 1)
})
