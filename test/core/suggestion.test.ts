import assert from 'node:assert/strict'
import { test } from 'node:test'
import { suggestion } from '../../src/core/index.ts'

test('guesses the word that was meant', () => {
  const known = ['metadata', 'kind', 'label', 'allowUnsolicited']
  assert.equal(suggestion('metdata', known), 'metadata')
  assert.equal(suggestion('metaadta', known), 'metadata')
  assert.equal(suggestion('allowunsolicited', known), 'allowUnsolicited')
  assert.equal(suggestion('knd', known), 'kind')
})

test('guesses nothing when no word is close', () => {
  assert.equal(suggestion('password', ['metadata', 'kind']), undefined)
  assert.equal(suggestion('x', []), undefined)
})
