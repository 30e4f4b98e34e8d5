import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { signedIn } from '../flows/people-stage.ts'
import { admin, reviewed } from '../flows/review-stage.ts'
import { type Stage, somebody, startStage } from '../stage.ts'
import { buildCommandLine, type CommandLine, logIn } from './command-line.ts'

const people = [somebody('alice', 'admins'), somebody('bob', 'admins', 'ops'), somebody('carol', 'security')]

let stage: Stage
let cli: CommandLine
before(async () => {
  stage = await startStage({ people, config: reviewed })
  cli = await buildCommandLine()
  const alice = await signedIn(stage, 'alice')
  await alice.api('POST', '/api/v1/credentials', { role: admin })
  await signedIn(stage, 'bob')
  assert.equal((await logIn(cli, stage, 'carol')).code, 0)
})
after(async () => {
  await cli?.close()
  await stage?.close()
})

test('review says who may what, with findings first', async () => {
  const { code, stdout, stderr } = await cli.run(['review'])
  assert.equal(code, 0, stderr)
  const lines = stdout.split('\n')
  assert.match(lines[0] ?? '', /^3 people, 3 roles, 6 grants, 5 unused$/)
  assert.match(stdout, /rule_unmatched: nobody-here matched nobody who was seen\./)
  assert.match(stdout, /^bob@corp\.example +demo +3 +3 +0 +1 /m)
})

test('review counts one person as one, and names a rule and an account that are none', async () => {
  const one = await cli.run(['review', '--person', 'alice', '--account', 'production'])
  assert.equal(one.code, 0, one.stderr)
  assert.match(one.stdout, /^1 person, 1 role, 1 grant, 0 unused$/m)
  for (const [name, word, say] of [
    ['--rule', 'admin', /The configuration has no rule admin\. Do you mean admins\?/],
    ['--rule', 'platform', /The configuration has no rule platform\. \(request/],
    ['--account', 'prodution', /The configuration has no account prodution\. Do you mean production\?/],
  ] as const) {
    const slip = await cli.run(['review', name, word])
    assert.deepEqual([slip.code, slip.stdout], [5, ''], slip.stderr)
    assert.match(slip.stderr, say)
    assert.equal((await cli.run(['review', name, word, '--format', 'csv'])).code, 5)
  }
})

test('review --format csv, markdown and json have every grant', async () => {
  const csv = await cli.run(['review', '--format', 'csv', '--person', 'alice'])
  assert.equal(csv.code, 0, csv.stderr)
  assert.equal(csv.stdout.trimEnd().split('\n').length, 3)
  const { stdout: markdown } = await cli.run(['review', '--format', 'markdown', '--account', '111122223333'])
  assert.match(markdown, /^# Review of access/)
  const { stdout: json } = await cli.run(['review', '--json', '--unused', '--role', 'Admin'])
  const grants = JSON.parse(json).grants.map(({ user }: { user: string }) => user)
  assert.deepEqual(grants, ['bob@corp.example'])
})

test('review sign-off shows what it is about and signs it off; sign-offs lists it', async () => {
  const wordless = await cli.run(['review', 'sign-off', '--person', 'bob'])
  assert.equal(wordless.code, 5)
  const unasked = await cli.run(['review', 'sign-off', '--person', 'bob', '--keep'])
  assert.equal(unasked.code, 5)
  assert.match(unasked.stderr, /say --yes/)
  const signed = await cli.run(['review', 'sign-off', '--person', 'bob', '--remove', 'Audit', '--yes'])
  assert.equal(signed.code, 0, signed.stderr)
  assert.match(signed.stderr, /person bob@corp\.example \(demo\)/)
  assert.match(signed.stderr, /Audit +production +with-second-factor +locked +never used/)
  assert.match(signed.stderr, /Signed off\.$/m)
  const own = await cli.run(['review', 'sign-off', '--person', 'carol', '--keep', '--yes'])
  assert.equal(own.code, 3)
  assert.match(own.stderr, /That is yourself/)
  const { stdout } = await cli.run(['review', 'sign-offs', '--to-be-removed'])
  assert.match(stdout, /^person +bob@corp\.example +to be removed +carol@corp\.example +\S+ +Audit$/m)
  const review = await cli.run(['review', '--person', 'bob'])
  assert.match(review.stdout, /to be removed by carol@corp\.example/)
})
