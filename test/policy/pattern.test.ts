import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RE2JS } from 're2js'
import { type Pattern, readPattern } from '../../src/policy/compile/pattern.ts'
import { indexPatterns } from '../../src/policy/compile/pattern-index.ts'
import { patternShape } from '../../src/policy/compile/pattern-shape.ts'
import { matchesWildcard } from '../../src/policy/compile/wildcard.ts'

function pattern(source: string): Pattern {
  const result = readPattern(source)
  if ('fault' in result) throw new Error(result.fault)
  return result.pattern
}

test('a hostile pattern on a hostile value takes linear time', () => {
  assert.equal(pattern('^(a+)+$').capture(`${'a'.repeat(4000)}!`), undefined)
  assert.equal(pattern('^(a|a|aa)*b$').capture('a'.repeat(4000)), undefined)
})

test('refuses what RE2 does not know and what is too large', () => {
  for (const source of [
    '',
    '(',
    '(?=a)',
    '(a)\\1',
    'a{1001}',
    '((a{50}){50}){50}',
    'a{1000}'.repeat(11),
    'x'.repeat(1001),
  ])
    assert.ok('fault' in readPattern(source), source)
})

test('a dollar sign is the end of the value, not of a line', () => {
  assert.equal(pattern('^a$').capture('a\n'), undefined)
  assert.equal(pattern('^a.?$').capture('a\n'), undefined)
})

test('knows which patterns are bound to both ends of a value', () => {
  for (const source of ['^a$', '^(?<x>a|b)$', '\\Aa\\z', '^[$]a\\$$', '^$', '(?i)^a$'])
    assert.equal(patternShape(source).anchored, true, source)
  for (const source of [
    'a',
    '^a',
    'a$',
    '^a|b$',
    '^a\\$',
    '[^a]$',
    '^?a$',
    '^a$?',
    '(?m)^a$',
    '(^a$)',
    '^*a$',
  ])
    assert.equal(patternShape(source).anchored, false, source)
})

test('finds the text that a match must contain', () => {
  assert.deepEqual(patternShape('^aws-(?<account>\\d{12})-team\\.one-(?<role>Dev\\w*)x*$').literals, [
    'aws-',
    '-team.one-',
    'dev',
  ])
  assert.equal(patternShape('^a-b$').exact, 'a-b')
  const { prefix, suffix } = patternShape('^aws-(?<account>1\\d+)-(?<role>[a-z]*(?:-x))y$')
  assert.deepEqual([prefix, suffix], ['aws-1', '-xy'])
  for (const source of ['a|b', '(?:abc)?', '(ab|cd)', '(?s)abc', '\\Qabc\\E', 'ab{0,2}'])
    assert.deepEqual(patternShape(source).literals, [], source)
})

const piece = fc.constantFrom(
  ...[
    'a',
    'b',
    'ab',
    'K',
    '-',
    '\\.',
    '\\d',
    '.',
    '^',
    '$',
    '(a)',
    '(?<n>ab)',
    '(?:ab|b)',
    '(ab)*',
    '[ab]',
    '[^]a]',
  ],
  ...[
    'a+',
    'b?',
    'ab{0,2}',
    'a{2}',
    '|',
    '(?:a(?:b-)b)',
    '[[:alpha:]-]',
    '\\b',
    'é',
    '😀',
    '(?i)',
    '\\Q.\\E',
    '\\x61',
    '{',
    '{,2}',
  ],
)
const value = fc.string({
  unit: fc.constantFrom('a', 'b', 'A', '-', '.', '1', 'é', '😀', '\n', 'k', '\u212a', 'ſ', '{'),
})

test('an index tries every pattern that matches: it equals trying them all', () => {
  const sources = fc.array(fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join('')))
  fc.assert(
    fc.property(sources, fc.array(value, { maxLength: 5 }), (list, values) => {
      const patterns = list.flatMap((source) => {
        const result = readPattern(source)
        return 'pattern' in result ? [result.pattern] : []
      })
      const index = indexPatterns(patterns)
      for (const text of values) {
        const tried: number[] = []
        index(text, (place) => tried.push(place))
        assert.equal(new Set(tried).size, tried.length, 'each once')
        const found = tried.filter((place) => patterns[place]?.capture(text)).sort((a, b) => a - b)
        const expected = [...patterns.keys()].filter((place) =>
          RE2JS.compile(patterns[place]?.source ?? '')
            .matcher(text)
            .find(),
        )
        assert.deepEqual(found, expected)
      }
    }),
    { numRuns: 2000 },
  )
})

test('an index takes letters for the same that RE2 takes for the same when it ignores case', () => {
  const one = pattern('(?i)^stark$')
  const tried: number[] = []
  const index = indexPatterns([one])
  for (const text of ['STARK', '\u017ftar\u212a']) {
    assert.ok(one.capture(text), text)
    index(text, (place) => tried.push(place))
  }
  assert.deepEqual(tried, [0, 0])
})

test('an anchored pattern never matches inside a longer value', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 5 }), value, (pieces, text) => {
      const source = `^${pieces.join('')}$`
      const result = readPattern(source)
      if ('fault' in result || !result.pattern.anchored) return
      const matcher = RE2JS.compile(source).matcher(text)
      if (matcher.find()) assert.equal(matcher.group(), text, source)
    }),
    { numRuns: 2000 },
  )
})

test('among thousands of patterns only the few that may match are tried', () => {
  const family = (source: (i: number) => string) =>
    Array.from({ length: 5000 }, (_, i) => pattern(source(1000 + i)))
  for (const source of [
    (i: number) => `^aws-team${i}-(?<role>\\w+)$`,
    (i: number) => `^aws-(?<account>\\d{12})-(?<role>team${i})$`,
    (i: number) => `^aws-\\d+-team${i}-\\w+$`,
    (i: number) => `(?i)^AWS-Team${i}$`,
  ]) {
    let tried = 0
    const index = indexPatterns(family(source))
    for (let i = 0; i < 200; i++) index(`aws-111122223333-team${1000 + i * 7}-x`, () => tried++)
    assert.ok(tried <= 200, `${tried} tried`)
  }
})

test('wildcards match as in IAM', () => {
  const toExpression = (glob: string) =>
    new RegExp(`^${glob.replace(/[.]/g, '\\.').replaceAll('*', '[^]*').replaceAll('?', '[^]')}$`)
  const text = (characters: string) => fc.string({ unit: fc.constantFrom(...characters), maxLength: 12 })
  fc.assert(
    fc.property(text('ab*?.'), text('ab.'), (glob, word) => {
      assert.equal(matchesWildcard(glob, word), toExpression(glob).test(word))
    }),
    { numRuns: 2000 },
  )
})
