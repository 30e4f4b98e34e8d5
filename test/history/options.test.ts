import assert from 'node:assert/strict'
import { test } from 'node:test'
import { historyOptions } from '../../src/history/index.ts'

test('a password with signs of a URL in it is said how to write, and no piece of it is shown', () => {
  for (const password of [
    'secr/et',
    '12/secr',
    '12?secr',
    'secr#et',
    '12#secr',
    'secr%zz',
    '12/34?secr=et',
  ]) {
    const { error } = historyOptions.safeParse(`postgres://rolebridge:${password}@db.corp.example/rolebridge`)
    const said = error?.issues.map(({ message }) => message).join() ?? ''
    assert.match(said, /in a password \/ \? # % as %2F %3F %23 %25/, password)
    assert.doesNotMatch(said, /secr|12/, password)
  }
  assert.ok(historyOptions.safeParse('postgres://rolebridge:a%2Fb%25@db.corp.example/rolebridge').success)
})
