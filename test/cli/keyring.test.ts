import assert from 'node:assert/strict'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Stage, startStage } from '../stage.ts'
import { buildCommandLine, type CommandLine, logIn } from './command-line.ts'

/**
 * Does as libsecret's secret-tool does with GNOME Keyring 42: while it is locked, `lookup` ends with 1 and says
 * nothing, as for what is not there; `search` lists what is there without its secret; `store` is refused.
 */
const secretTool = `#!/bin/sh
kept=$HOME/kept
case $1 in
  store) [ -e $HOME/locked ] && exit 1; cat > $kept ;;
  lookup) [ -e $HOME/locked ] || [ ! -e $kept ] && exit 1; cat $kept ;;
  search) [ -e $kept ] && echo "[/1]
label = Rolebridge" ;;
  clear) rm -f $kept ;;
esac
exit 0
`

let stage: Stage
let cli: CommandLine
before(async () => {
  ;[stage, cli] = await Promise.all([startStage(), buildCommandLine()])
  const bin = join(cli.home, 'bin')
  await mkdir(bin)
  await writeFile(join(bin, 'secret-tool'), secretTool, { mode: 0o755 })
  Object.assign(cli.env, {
    PATH: `${bin}:${process.env.PATH}`,
    DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere',
    ROLEBRIDGE_TOKENS: '',
  })
  const { code, stderr } = await logIn(cli, stage, 'alice')
  assert.equal(code, 0, stderr)
})
after(async () => {
  await Promise.all([stage?.close(), cli?.close()])
})

const skip = process.platform !== 'linux' && 'the Secret Service is of Linux desktops'
const lock = () => writeFile(join(cli.home, 'locked'), '')
const unlock = () => rm(join(cli.home, 'locked'), { force: true })

test('a locked keyring is told from not being signed in, and opens again', { skip }, async () => {
  assert.equal((await cli.run(['credentials', '--role', 'Admin'])).code, 0)
  await lock()
  for (const args of [['whoami'], ['login'], ['credentials', '--role', 'ReadOnly']]) {
    const { code, stdout, stderr } = await cli.run(args)
    assert.deepEqual([code, stdout], [5, ''], stderr)
    assert.match(stderr, /^Your sign-in is in the keyring of your desktop, which is locked\. Unlock it/)
    assert.doesNotMatch(stderr, /not signed in/)
  }
  const arn = 'arn:aws:iam::111122223333:role/Admin'
  const kept = await cli.run(['credential-process', '--role', arn, '--window', '2h'])
  assert.equal(kept.code, 0, kept.stderr)
  assert.match(kept.stderr, /locked[\s\S]*the credentials at hand are good/)
  await unlock()
  assert.equal((await cli.run(['whoami'])).code, 0)
})

test('what is in no keyring is no sign-in', { skip }, async () => {
  await rm(join(cli.home, 'kept'))
  const { code, stderr } = await cli.run(['whoami'])
  assert.equal(code, 1)
  assert.match(stderr, /^You are not signed in to /)
})

test('the cure that is named works while the keyring is locked', { skip }, async () => {
  await logIn(cli, stage, 'alice', ['--force'])
  await lock()
  Object.assign(cli.env, { ROLEBRIDGE_TOKENS: 'file' })
  const { code, stderr } = await logIn(cli, stage, 'alice', ['--force'])
  assert.equal(code, 0, stderr)
  assert.equal((await cli.run(['whoami'])).code, 0)
})
