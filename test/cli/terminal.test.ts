import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { type Stage, startStage } from '../stage.ts'
import { buildCommandLine, type CommandLine, ended, logIn, until } from './command-line.ts'
import { atTerminal, hasTerminals } from './pseudo-terminal.ts'

const skip = !hasTerminals && 'there is no script(1) of util-linux to make a terminal'

describe('at a terminal', { skip }, () => {
  let stage: Stage
  let cli: CommandLine
  before(async () => {
    ;[stage, cli] = await Promise.all([startStage(), buildCommandLine()])
    await logIn(cli, stage, 'alice')
  })
  after(async () => {
    await Promise.all([stage?.close(), cli?.close()])
  })

  /** Waits until the terminal shows something, presses a key and tells how it ended. */
  async function press(child: ChildProcess, shown: RegExp, key: string) {
    let screen = ''
    child.stdout?.on('data', (text) => {
      screen += text
    })
    const done = ended(child)
    await until(() => shown.test(screen))
    child.stdin?.write(key)
    return done
  }

  test('a role is chosen by typing a part of it', async () => {
    const { code, stdout } = await press(atTerminal(cli, ['exec', '--', 'env']), /1 of 2/, 'sandread\r')
    assert.equal(code, 0, stdout)
    assert.match(stdout, /AWS_ACCOUNT_ID=444455556666/)
  })

  test('Ctrl-C at the choice ends with 130, Esc with 5 and a sentence', async () => {
    const interrupted = await press(atTerminal(cli, ['env']), /1 of 2/, '\x03')
    assert.equal(interrupted.code, 130, interrupted.stdout)
    const left = await press(atTerminal(cli, ['env']), /1 of 2/, '\x1b')
    assert.equal(left.code, 5, left.stdout)
    assert.match(left.stdout, /No role was chosen\./)
  })

  test('Ctrl-C while it waits for the browser ends with 130 and shows the cursor again', async () => {
    const waiting = atTerminal(cli, ['login', '--force', '--no-browser'])
    const { code, stdout } = await press(waiting, /Waiting for you/, '\x03')
    assert.equal(code, 130)
    assert.ok(stdout.lastIndexOf('\x1b[?25h') > stdout.lastIndexOf('\x1b[?25l'), JSON.stringify(stdout))
  })
})
