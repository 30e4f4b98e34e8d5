import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Stage, startStage } from '../stage.ts'
import { buildCommandLine, type CommandLine, logIn } from './command-line.ts'

let stage: Stage
let cli: CommandLine
before(async () => {
  ;[stage, cli] = await Promise.all([startStage({ federation: 'passthrough' }), buildCommandLine()])
  const { code, stderr } = await logIn(cli, stage, 'alice')
  assert.equal(code, 0, stderr)
})
after(async () => {
  await Promise.all([stage?.close(), cli?.close()])
})

test('when the five minutes of passthrough are over, the command that is named leads to credentials', async () => {
  assert.equal((await cli.run(['credentials', '--role', 'Admin'])).code, 0)
  stage.advance(6 * 60)
  const kept = await cli.run(['credentials', '--role', 'Admin'])
  assert.equal(kept.code, 0, kept.stderr)
  const late = await cli.run(['credentials', '--role', 'ReadOnly'])
  assert.equal(late.code, 1)
  const [, command = ''] = /^Sign in with: rolebridge (login --url \S+)$/m.exec(late.stderr) ?? []
  assert.equal(command, `login --url ${stage.url}`)

  const again = await logIn(cli, stage, 'alice')
  assert.equal(again.code, 0, again.stderr)
  assert.match(again.stderr, /Open http[\s\S]*Signed in to /)
  const done = await cli.run(['credentials', '--role', 'ReadOnly'])
  assert.equal(done.code, 0, done.stderr)
  assert.match((await cli.run(['login'])).stderr, /You are still signed in/)
})
