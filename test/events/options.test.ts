import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createAuditOptions } from '../../src/events/index.ts'

const auditOptions = createAuditOptions({})

describe('the option audit', () => {
  test('writes to standard output unless told otherwise', () => {
    assert.deepEqual(auditOptions.parse({}), { stdout: true })
    assert.deepEqual(auditOptions.parse({ stdout: false, file: 'a' }), { stdout: false, file: 'a' })
  })

  test('refuses to have no trail at all, and unknown keys', () => {
    assert.equal(auditOptions.safeParse({ stdout: false }).success, false)
    assert.equal(auditOptions.safeParse({ stdout: false, syslog: true }).success, false)
    assert.equal(auditOptions.safeParse({ file: '' }).success, false)
  })

  test('standard output carries one JSON object a line', () => {
    const run = spawnSync(
      process.execPath,
      ['--import', 'tsx', fileURLToPath(new URL('./stdout-process.ts', import.meta.url))],
      {
        encoding: 'utf8',
      },
    )
    assert.equal(run.status, 0, run.stderr)
    const lines = run.stdout.split('\n').slice(0, -1)
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).type),
      ['sign_in', 'credentials_issued'],
    )
  })
})
