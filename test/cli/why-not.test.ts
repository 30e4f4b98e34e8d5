import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Stage, somebody, startStage, withRules } from '../stage.ts'
import { buildCommandLine, type CommandLine, logIn } from './command-line.ts'

const rules = `rules:
  - id: production
    match: { groups: '^production$' }
    grant: { role: 'arn:aws:iam::111122223333:role/Admin' }
    condition: { Bool: { 'bridge:MultiFactorAuthPresent': true } }
  - id: incident
    match: { groups: '^staff$' }
    grant: { role: 'arn:aws:iam::111122223333:role/Incident' }
    condition: { StringLike: { 'bridge:Reason': 'INC-*' } }
support: { name: the platform team, email: aws-help@corp.example }
`

let stage: Stage
let cli: CommandLine
before(async () => {
  stage = await startStage({ people: [somebody('ina', 'production', 'staff')], config: withRules(rules) })
  cli = await buildCommandLine()
  assert.equal((await logIn(cli, stage, 'ina')).code, 0)
})
after(async () => {
  await cli?.close()
  await stage?.close()
})

const ask = 'Ask the platform team: aws-help@corp.example'

test('list --locked shows what a condition keeps shut, and why', async () => {
  const { code, stdout } = await cli.run(['list', '--locked'])
  assert.equal(code, 0)
  assert.match(
    stdout,
    /^You signed in without a second factor\.\n {2}production +Admin +111122223333\nOnly with a purpose; say one with it\.\n {2}production +Incident +111122223333\n$/,
  )
  const { stdout: json } = await cli.run(['list', '--locked', '--json'])
  assert.deepEqual(JSON.parse(json)[0].reasons, ['You signed in without a second factor.'])
})

test('explain says the answer first, then what to do and whom to ask, then how it came to be', async () => {
  const { stdout } = await cli.run(['explain', 'Admin', '--account', '111122223333'])
  const [answer, remedy, whom, rule] = stdout.split('\n')
  assert.match(
    answer ?? '',
    /^You may not take .*:role\/Admin right now\. You signed in without a second factor\.$/,
  )
  assert.equal(remedy, 'Sign in again with a second factor.')
  assert.equal(whom, ask)
  assert.match(rule ?? '', /production: Rule "production" is for you, but not right now/)
})

test('explain finds a locked role, and another one in its account, by the names that list --locked shows', async () => {
  for (const account of [['--account', 'production'], []]) {
    const { code, stdout, stderr } = await cli.run(['explain', 'Admin', ...account])
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^You may not take .*:111122223333:role\/Admin right now\./)
  }
  const { stdout } = await cli.run(['explain', 'Nothing', '--account', 'production'])
  assert.match(stdout, /^You may not take arn:aws:iam::111122223333:role\/Nothing/)
  const elsewhere = await cli.run(['explain', 'Nothing', '--account', 'elsewhere'])
  assert.equal(elsewhere.code, 5)
  assert.match(elsewhere.stderr, /not one role of yours\. Ask by its whole ARN/)
})

test('who takes a locked role by its name or ARN reads why, and whom to ask', async () => {
  for (const role of ['Incident', 'arn:aws:iam::111122223333:role/Incident']) {
    const { code, stderr } = await cli.run(['credentials', '--role', role])
    assert.equal(code, 3, stderr)
    assert.match(stderr, /right now\. Only with a purpose/)
    assert.ok(stderr.includes(ask), stderr)
  }
})

test('whoami --attributes shows what the identity provider said', async () => {
  const { stdout } = await cli.run(['whoami', '--attributes'])
  assert.match(stdout, /^groups +production, staff$/m)
  assert.match(stdout, /^second factor +no$/m)
  assert.doesNotMatch((await cli.run(['whoami'])).stdout, /staff/)
})

test('a role that only wants a purpose is taken by its name when one is said', async () => {
  stage.role('arn:aws:iam::111122223333:role/Incident', {
    Effect: 'Allow',
    Principal: { Federated: 'arn:aws:iam::111122223333:saml-provider/rolebridge' },
    Action: ['sts:AssumeRoleWithSAML', 'sts:TagSession', 'sts:SetSourceIdentity'],
  })
  const take = (...more: string[]) => cli.run(['credentials', '--role', 'Incident', ...more])
  const silent = await take()
  assert.match(
    silent.stderr,
    /You may not take .*Incident right now\. Only with a purpose; say one with it\./,
  )
  const wrong = await take('--purpose', 'just so')
  assert.notEqual(wrong.code, 0)
  const { code, stdout } = await take('--purpose', 'INC-7 disk full')
  assert.equal(code, 0)
  assert.match(stdout, /accessKeyId/i)
})

test('explain names a role of another account in the partition of the roles one has', async (t) => {
  const elsewhere = await startStage({
    people: [somebody('ina', 'production', 'staff')],
    config: (yaml) =>
      withRules(rules)(yaml)
        .replace(/^aws:\n/m, 'aws:\n  partition: aws-us-gov\n')
        .replaceAll('arn:aws:', 'arn:aws-us-gov:')
        .replace(/region: eu-\w+-1/g, 'region: us-gov-west-1'),
  })
  t.after(() => elsewhere.close())
  const there = await buildCommandLine()
  t.after(() => there.close())
  assert.equal((await logIn(there, elsewhere, 'ina')).code, 0)
  const { code, stdout, stderr } = await there.run(['explain', 'Nothing', '--account', '999988887777'])
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^You may not take arn:aws-us-gov:iam::999988887777:role\/Nothing/)
})
