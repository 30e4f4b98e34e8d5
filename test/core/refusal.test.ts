import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { refusals } from '../../src/core/index.ts'

test('every reason to say no is the verdict of a vector, or is named by a test that brings it about', () => {
  const folder = join(import.meta.dirname, '..')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file !== join('core', 'refusal.test.ts'),
  )
  const verdicts = files.map((file) => /refuse\.(\w+)\.[^/]*$/.exec(file)?.[1])
  const tests = files
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
  const unseen = Object.keys(refusals).filter(
    (code) => !verdicts.includes(code) && !tests.some((text) => text.includes(`'${code}'`)),
  )
  assert.deepEqual(unseen, [])
})
