import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { builtProgram } from '../built-program.ts'
import { offices, signedIn } from '../flows/people-stage.ts'
import { type Stage, somebody, startStage } from '../stage.ts'
import { buildCommandLine, type CommandLine, ended, logIn } from './command-line.ts'

const people = [
  somebody('alice', 'aws-111122223333-Admin', 'aws-444455556666-ReadOnly'),
  somebody('carol', 'security'),
  somebody('sam', 'secops', 'security'),
]

describe('rolebridge people', () => {
  let stage: Stage
  let cli: CommandLine
  before(async () => {
    ;[stage, cli] = await Promise.all([startStage({ people, config: offices }), buildCommandLine()])
    const { api } = await signedIn(stage, 'alice')
    await api('POST', '/api/v1/credentials', { role: 'arn:aws:iam::111122223333:role/Admin' })
    assert.equal((await logIn(cli, stage, 'sam')).code, 0)
  })
  after(async () => {
    await cli?.close()
    await stage?.close()
  })

  test('lists who signed in, and shows one of them', async () => {
    const { code, stdout, stderr } = await cli.run(['people'])
    assert.equal(code, 0, stderr)
    assert.match(
      stdout,
      /^USER +PROVIDER +LAST SEEN +ADDRESS +SESSIONS\nsam@corp\.example +demo .* \d+\nalice@corp\.example +demo .* \d+\n/,
    )
    const shown = await cli.run(['people', 'show', 'Alice@corp.example'])
    assert.match(shown.stdout, /groups +aws-111122223333-Admin, aws-444455556666-ReadOnly/)
    assert.match(shown.stdout, /May take now\narn:aws:iam::111122223333:role\/Admin +by-group-name/)
    assert.match(shown.stdout, /Took lately\n\S+ \S+ +arn:aws:iam::111122223333:role\/Admin/)
    assert.equal((await cli.run(['people', 'show', 'nobody'])).code, 5)
  })

  test('writes the command that cuts credentials, and nothing else to a pipe', async () => {
    const { stdout, stderr } = await cli.run(['people', 'cut', 'alice@corp.example'])
    assert.match(stdout, /^aws iam put-role-policy --role-name Admin .*'\n$/)
    assert.match(
      stderr,
      /role\/Admin: 1 handed out, the last until .* After that: aws iam delete-role-policy --role-name Admin /,
    )
  })

  test('locks, ends and unlocks', async () => {
    const ended = await cli.run(['people', 'end', 'alice@corp.example', '--json'])
    assert.equal(JSON.parse(ended.stdout).ended, 2)
    const locked = await cli.run(['people', 'lock', 'ALICE@corp.example', '--reason', 'HR-1'])
    assert.equal(locked.code, 0, locked.stderr)
    assert.match(locked.stderr, /^ALICE@corp\.example is locked\. One person had the name\./)
    assert.match((await cli.run(['people', 'list', 'alice'])).stdout, / locked$/m)
    const shown = await cli.run(['people', 'show', 'alice@corp.example'])
    assert.match(shown.stdout, /^Locked since .* by sam@corp\.example: HR-1$/m)
    const unlocked = await cli.run(['people', 'unlock', 'alice@corp.example'])
    assert.equal(unlocked.code, 0)
    assert.match(unlocked.stderr, /^alice@corp\.example may sign in again\.$/m)
    assert.match(
      (await cli.run(['people', 'lock', 'sam@corp.example', '--reason', 'x'])).stderr,
      /That is yourself/,
    )
  })

  test('a job locks by the token of its platform', async () => {
    const token = await stage.world.platform.mint({ aud: stage.url, repository: 'corp/leavers' })
    const job = ['people', 'lock', 'zoe@corp.example', '--reason', 'HR-2', '--workload', '--url', stage.url]
    const { code, stderr } = await cli.run(job, { ROLEBRIDGE_ID_TOKEN: token })
    assert.equal(code, 0, stderr)
    assert.match(stderr, /the lock waits for them/)
  })

  test('everybody who was seen can be tried with a changed configuration', async () => {
    const config = (duration: string) => `baseUrl: https://aws.corp.example
trustProxy: 1
secret: \${ROLEBRIDGE_SECRET}
saml: { signingKey: certs/nowhere.pem, signingCert: certs/nowhere.crt }
identityProviders: { demo: { metadata: nowhere.xml } }
aws: { region: eu-west-1, signingKey: certs/nowhere.pem, signingCert: certs/nowhere.crt }
rules:
  - id: by-group-name
    match: { groups: '^aws-(?<account>\\d{12})-(?<role>Admin${duration})$' }
    grant: { role: 'arn:aws:iam::\${account}:role/\${role}' }
`
    const [old, next] = [join(cli.home, 'old.yaml'), join(cli.home, 'next.yaml')]
    await writeFile(old, config(''), { mode: 0o600 })
    await writeFile(next, config('|ReadOnly'), { mode: 0o600 })
    const exported = await cli.run(['people', 'export'])
    assert.equal(exported.code, 0, exported.stderr)
    const args = ['check', '--config', next, '--against', old, '--identities', '-', '--json']
    // The bundle of the command line has no server, and so none of what compares.
    const child = spawn(process.execPath, [await builtProgram(), ...args])
    child.stdin?.end(exported.stdout)
    const { code, stdout, stderr } = await ended(child)
    assert.equal(code, 3, stderr)
    assert.deepEqual(
      JSON.parse(stdout).people.map(({ user, gains }: { user: string; gains: string[] }) => [user, gains]),
      [['alice@corp.example', ['arn:aws:iam::444455556666:role/ReadOnly']]],
    )
    assert.equal((await stage.audit()).findLast(({ type }) => type === 'people_read')?.what, 'export')
  })
})
