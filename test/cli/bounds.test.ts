import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Stage, startStage } from '../stage.ts'
import { buildCommandLine, type CommandLine, logIn } from './command-line.ts'

let stage: Stage
let cli: CommandLine
before(async () => {
  ;[stage, cli] = await Promise.all([startStage(), buildCommandLine()])
})
after(async () => {
  await Promise.all([stage?.close(), cli?.close()])
})

const readOnly = 'arn:aws:iam::444455556666:role/ReadOnly'

test('login --role binds the sign-in; login without it replaces it by one for all roles', async () => {
  const { code, stderr, page } = await logIn(cli, stage, 'alice', ['--role', 'production/Admin'])
  assert.equal(code, 0, stderr)
  assert.match(page.text, /take this role only/)
  assert.match((await cli.run(['whoami'])).stdout, /for the role production\/Admin only/)
  assert.doesNotMatch((await cli.run(['list'])).stdout, /ReadOnly/)
  assert.equal((await cli.run(['credentials', '--role', 'Admin'])).code, 0)
  for (const role of [readOnly, 'ReadOnly']) {
    const refused = await cli.run(['credentials', '--role', role])
    assert.equal(refused.code, 3, refused.stderr)
    assert.match(refused.stderr, /for the role production\/Admin only.*rolebridge login --force/s)
  }
  const same = await cli.run(['login', '--role', 'production/Admin'])
  assert.match(same.stderr, /You are still signed in/)
  const wider = await logIn(cli, stage, 'alice')
  assert.equal(wider.code, 0, wider.stderr)
  assert.equal((await cli.run(['credentials', '--role', readOnly])).code, 0)
  assert.match((await cli.run(['login', '--role', 'Admin'])).stderr, /You are still signed in/)
})

test('login for another time replaces a sign-in that is bound to one; for the same time it stays', async () => {
  const other = await cli.copy()
  const admin = ['--role', 'production/Admin']
  assert.equal((await logIn(other, stage, 'alice', ['--force', ...admin])).code, 0)
  const shorter = await logIn(other, stage, 'alice', [...admin, '--duration', '15m'])
  assert.equal(shorter.code, 0, shorter.stderr)
  const { session } = JSON.parse((await other.run(['whoami', '--json'])).stdout)
  assert.equal(session.duration, 900)
  const same = await other.run(['login', ...admin, '--duration', '15m'])
  assert.match(same.stderr, /You are still signed in/)
  const longer = await logIn(other, stage, 'alice', [...admin, '--duration', '30m'])
  assert.equal(longer.code, 0, longer.stderr)
  assert.equal((await logIn(other, stage, 'alice', admin)).code, 0)
})

test('a role of the environment binds nothing: it is there for other commands', async () => {
  const other = await cli.copy()
  other.env.ROLEBRIDGE_ROLE = 'production/Admin'
  const { code, page, stderr } = await logIn(other, stage, 'alice', ['--force'])
  assert.equal(code, 0, stderr)
  assert.match(page.text, /any of the AWS roles/)
})
