import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const unit = fileURLToPath(new URL('../../examples/rolebridge.service', import.meta.url))
const judge = (...args: readonly string[]) =>
  spawnSync('systemd-analyze', args, { encoding: 'utf8', env: { ...process.env, SYSTEMD_COLORS: '0' } })
const skip = judge('--version').error === undefined ? false : 'There is no systemd-analyze here.'

test('systemd calls the unit’s exposure 2.0 or less, out of 10', { skip }, () => {
  const { stdout, stderr } = judge('security', '--offline=true', '--no-pager', unit)
  const [, level] = /Overall exposure level for rolebridge\.service: ([\d.]+)/.exec(stdout) ?? []
  assert.ok(Number(level) <= 2, `${level} ${stderr}`)
})

test('systemd knows every line of the unit', { skip }, () => {
  const { stderr } = judge('verify', '--man=no', unit)
  const faults = stderr
    .split('\n')
    // The program and its user are not here.
    .filter((line) => line.includes('rolebridge.service') && !/is not executable|User/.test(line))
  assert.deepEqual(faults, [])
})
