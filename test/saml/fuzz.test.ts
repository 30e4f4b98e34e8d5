import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mutations, textMutations } from '../fuzz/mutations.ts'
import { emptyTally, fuzz, mutant } from '../fuzz/run.ts'

const seed = 20260115
const mutants = 4000

test('no mutant of a valid message is accepted with an identity that nobody signed', () => {
  const tally = emptyTally()
  fuzz(seed, 0, mutants, tally)
  assert.equal(tally.mutants, mutants)
  assert.equal(tally.disagreements, 0, 'the second opinion accepts what we accept')
  // A run in which nothing is accepted, or nothing refused for its signature, would show nothing.
  assert.ok(tally.accepted > mutants / 20, `${tally.accepted} accepted`)
  for (const code of [
    'malformed_message',
    'unexpected_structure',
    'signature_structure',
    'signature_invalid',
  ]) {
    assert.ok((tally.refused[code] ?? 0) > mutants / 20, `${code}: ${tally.refused[code]}`)
  }
})

test('the run uses every mutation, and the same number gives the same mutant', () => {
  const used = new Set<string>()
  for (let index = 0; index < 1000; index++) for (const name of mutant(seed, index).names) used.add(name)
  assert.deepEqual([...used].sort(), [...Object.keys(mutations), ...Object.keys(textMutations)].sort())
  assert.equal(mutant(seed, 1).xml, mutant(seed, 1).xml)
})
