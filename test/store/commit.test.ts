import assert from 'node:assert/strict'
import { test } from 'node:test'
import { committed, untilDecided } from '../../src/store/commit.ts'

test('an entry that somebody else changes at every look is an error after a thousand looks', async () => {
  let looks = 0
  const never = async () => {
    // An attempt beyond the bound decides, so that a missing bound is a failure and not a loop.
    return ++looks > 1000 ? { result: 'decided' } : undefined
  }
  await assert.rejects(untilDecided(never), { code: 'store_unavailable', detail: /1000 attempts/ })
  assert.equal(looks, 1000)
})

test('a write that fails is a refusal whose detail is the cause that LMDB tells by a second promise', async () => {
  const told = Object.assign(new Error('Commit failed (see commitError for details)'), {
    commitError: Promise.reject(new Error('No space left on device: MDB_PAGE 12')),
  })
  const detail = 'the store could not write: No space left on device'
  await assert.rejects(committed(Promise.reject(told)), { code: 'store_unavailable', detail })
  await assert.rejects(committed(Promise.reject(new Error('closed'))), {
    code: 'store_unavailable',
    detail: 'the store could not write: closed',
  })
  // What LMDB makes of a write that a disk had room for only in part.
  await assert.rejects(committed(Promise.reject(new Error('Input/output error'))), {
    code: 'store_unavailable',
    detail: 'the store could not write: Input/output error (the disk is full, or it fails)',
  })
})
