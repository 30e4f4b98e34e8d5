import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import type { Command } from 'commander'
import { manPage } from '../../scripts/man.ts'
import { createProgram } from '../../src/cli/program.ts'

const page = manPage('0.0.0')
const mandoc = process.env.MANDOC

function everyCommand(command: Command): readonly Command[] {
  return command.commands.flatMap((one) => [one, ...everyCommand(one)])
}

test('the man page has every command that help shows, each option and each variable', () => {
  const text = page.replaceAll('\\-', '-')
  const shown = everyCommand(createProgram()).filter((one) => !one.name().startsWith('__'))
  assert.ok(shown.length > 25)
  for (const command of shown) {
    assert.match(text, new RegExp(`^\\.SS .*\\b${command.name()}\\b`, 'm'))
    for (const { long, envVar, hidden } of command.options) {
      if (hidden) continue
      assert.ok(text.includes(`${long}`), `${command.name()} ${long}`)
      if (envVar !== undefined) assert.ok(text.includes(envVar), envVar)
    }
  }
  assert.ok(!text.includes('__complete'))
})

test('mandoc finds nothing to say about it', { skip: mandoc ? false : 'There is no mandoc here.' }, () => {
  const { stdout, stderr } = spawnSync(mandoc ?? '', ['-Tlint', '-Wstyle'], { input: page, encoding: 'utf8' })
  const said = (stdout + stderr).split('\n').filter((line) => line !== '' && !line.includes('missing date'))
  assert.deepEqual(said, [])
})
