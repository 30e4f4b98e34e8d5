import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { admin, monday, person, policyOf, roles } from './fixtures.ts'
import { type Block, judgeBlock, type Request, type Verdict } from './iam-conditions.ts'

const reader = admin.replace('Admin', 'Reader')

/** Of each family: its operators, values people have (some that cannot be read), and values of a configuration. */
const arns = [
  'arn:aws:iam::111122223333:role/team/Admin',
  'arn:aws:iam::111122223333:role/*',
  'arn:aws:sns:eu-west-1:111122223333:a:b',
  'arn:aws:s3:::bucket/key',
  'arn:aws:iam::111122223333',
  'no arn',
  'urn:a:b:c:d:e',
]
const texts = [
  'a',
  'A',
  'ab',
  'axb',
  'a*b',
  'a?b',
  '*',
  '?',
  '',
  '$',
  '$5',
  'é',
  'a\nb',
  'alice',
  'okta',
  ...arns,
]
const variables = ['${user}', '${idp}', '${attribute.v}', '${attribute.two}', '${attribute.none}']
const escapes = ['${*}', '${?}', '${$}']
const piece = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'A', 'b', '*', '?', 'x', 'é', '$', '5', 'alice') },
  { weight: 2, arbitrary: fc.constantFrom(...escapes) },
  { weight: 2, arbitrary: fc.constantFrom(...variables.slice(0, 3), ...variables) },
)
const pattern = fc
  .array(piece, { minLength: 1, maxLength: 4 })
  .map((pieces) => pieces.join('').replaceAll('${${', '$5${'))
const part = (...known: string[]) => fc.constantFrom('*', ...known)
const arnPattern = fc.oneof(
  fc
    .tuple(
      part('arn'),
      part('aws', 'a?s'),
      part('iam', 'sns', 's3'),
      part('', 'eu-*'),
      part('', '111122223333', '11112222333?', '${attribute.v}'),
      part('role/*', 'role/${*}', 'role/${attribute.v}', 'a:b', '*:b', 'b', 'bucket/?ey', 'role/team/Admin'),
    )
    .map((parts) => parts.join(':')),
  fc.constantFrom(...arns.slice(0, 4), '${attribute.v}', '${attribute.two}'),
)
const ordered = ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals']
const families: readonly {
  readonly operators: readonly string[]
  readonly actual: readonly string[]
  readonly wanted: fc.Arbitrary<string>
}[] = [
  {
    operators: ['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase'],
    actual: texts,
    wanted: fc.oneof(pattern, fc.constantFrom(...texts)),
  },
  {
    operators: ['StringLike', 'StringNotLike'],
    actual: texts,
    wanted: fc.oneof(pattern, fc.constantFrom(...texts)),
  },
  { operators: ['ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike'], actual: arns, wanted: arnPattern },
  {
    operators: ordered.map((order) => `Numeric${order}`),
    actual: ['7', '7.0', '007', '-1', '+5', '0.5', '', 'seven', ' 7', '1e3', '0x7', 'NaN'],
    wanted: fc.constantFrom('7', '7.00', '-1', '5', '0.5', '0'),
  },
  {
    operators: ordered.map((order) => `Date${order}`),
    actual: [
      '2026-01-31',
      '2026-01-31T08:00:00Z',
      '2026-01-31T08:00:00+02:00',
      '2026-01-31T06:00Z',
      '1769846400',
      '2026',
      '2026-02-30',
      '08:00',
      'today',
      '',
    ],
    wanted: fc.constantFrom('2026-01-31', '2026-01-31T06:00:00Z', '2026-01-31T08:00:00Z', '1769846400'),
  },
  {
    operators: ['Bool'],
    actual: ['true', 'TRUE', 'false', 'yes', ''],
    wanted: fc.constantFrom('true', 'false'),
  },
  {
    operators: ['IpAddress', 'NotIpAddress'],
    actual: [
      '10.1.2.3',
      '192.0.2.7',
      '::ffff:10.1.2.3',
      '2001:db8::7',
      '10.1',
      '010.1.2.3',
      '256.1.1.1',
      '10.0.0.0/8',
      'fe80::1%eth0',
      'n/a',
      '',
    ],
    wanted: fc.constantFrom(
      '10.0.0.0/8',
      '10.1.2.3',
      '0.0.0.0/0',
      '192.0.2.0/29',
      '2001:db8::/32',
      '::/0',
      '::ffff:10.0.0.0/104',
    ),
  },
]

interface Line {
  readonly operator: string
  readonly actual: readonly string[]
  readonly wanted: readonly string[]
}

const valuesOf = (pool: readonly string[]) =>
  fc.oneof(
    { weight: 1, arbitrary: fc.constant<string[]>([]) },
    { weight: 5, arbitrary: fc.array(fc.constantFrom(...pool), { minLength: 1, maxLength: 3 }) },
  )
const lines: readonly fc.Arbitrary<Line>[] = families.map(({ operators, actual, wanted }) =>
  fc.record({
    operator: fc
      .tuple(
        fc.constantFrom('', '', 'ForAnyValue:', 'ForAllValues:'),
        fc.constantFrom(...operators),
        fc.constantFrom('', '', 'IfExists'),
      )
      .map((words) => words.join('')),
    actual: valuesOf(actual),
    wanted: fc.array(wanted, { minLength: 1, maxLength: 3 }),
  }),
)
const nullLine: fc.Arbitrary<Line> = fc.record({
  operator: fc.constant('Null'),
  actual: valuesOf(['a', '']),
  wanted: fc.constantFrom(['true'], ['false'], ['true', 'false']),
})
const scenario = fc.record({
  lines: fc.array(fc.oneof(...lines, nullLine), { minLength: 1, maxLength: 3 }),
  v: valuesOf(texts),
  two: fc.constant(['a', 'b']),
})
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never

function blockOf({ lines: all }: Scenario): Block {
  const block: Record<string, Record<string, readonly string[]>> = {}
  for (const [index, { operator, wanted }] of all.entries()) {
    block[operator] ??= {}
    Object.assign(block[operator] ?? {}, { [`saml:k${index}`]: wanted })
  }
  return block
}

/** What the product says: does a rule with this condition allow, and does one that denies deny? */
function productSays(given: Scenario) {
  const keys = given.lines.map(({ actual }, index) => [`k${index}`, actual] as const)
  const attributes = { ...Object.fromEntries(keys), v: given.v, two: given.two }
  const condition = blockOf(given)
  const everybody = { user: '.*' }
  const granted = roles(
    policyOf([
      { id: 'allow', match: everybody, grant: { role: admin }, condition },
      { id: 'other', match: everybody, grant: { role: reader } },
      { id: 'deny', effect: 'deny', match: everybody, roles: reader, condition },
    ]),
    person(attributes),
    monday,
  )
  return { allows: granted.includes(admin), denies: !granted.includes(reader) }
}

type Judge = (block: Block, request: Request) => readonly Verdict[]

/** What IAM says, and what is decided where it does not: nobody is let in by it, and nobody let past a denial. */
function iamSays(given: Scenario, judge: Judge) {
  const keys = Object.fromEntries(given.lines.map(({ actual }, index) => [`saml:k${index}`, actual]))
  // Where IAM would put an empty value in, the product has none: it is stricter there, and meant to be.
  const named = {
    user: ['alice'],
    idp: ['okta'],
    'attribute.v': given.v.join('') === '' ? [] : given.v,
    'attribute.two': given.two,
  }
  const verdicts = judge(blockOf(given), { keys, variables: named })
  return { allows: verdicts.every((one) => one === 'holds'), denies: !verdicts.includes('fails'), verdicts }
}

/** Blocks with what the product makes of them. */
const answers = (runs: number, seed: number) =>
  fc.sample(scenario, { numRuns: runs, seed }).map((given) => ({ given, product: productSays(given) }))

function compareAll(answered: ReturnType<typeof answers>, judge: Judge) {
  const counts = { cases: 0, comparisons: 0, holds: 0, fails: 0, open: 0, variables: 0, disagreements: 0 }
  const operators = new Set<string>()
  let first: unknown
  for (const { given, product } of answered) {
    const { verdicts, ...iam } = iamSays(given, judge)
    counts.cases++
    counts.comparisons += verdicts.length
    for (const verdict of verdicts) counts[verdict]++
    for (const { operator, wanted } of given.lines) {
      operators.add(operator)
      if (wanted.some((one) => one.includes('${'))) counts.variables++
    }
    if (iam.allows === product.allows && iam.denies === product.denies) continue
    counts.disagreements++
    first ??= { block: blockOf(given), given, iam, product, verdicts }
  }
  return { counts, operators, first }
}

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))

test('every operator says what IAM says, and nobody gets in where IAM leaves it open', (t) => {
  const { counts, operators, first } = compareAll(answers(6000, seed), judgeBlock)
  t.diagnostic(`SEED=${seed} ${JSON.stringify(counts)}, ${operators.size} operators`)
  assert.equal(counts.disagreements, 0, `SEED=${seed} ${JSON.stringify(first, undefined, 1)}`)
  for (const [what, count] of Object.entries(counts))
    assert.ok(what === 'disagreements' || count > 800, `${what}: only ${count}`)
  const all = families.flatMap((family) => family.operators)
  assert.equal(all.filter((name) => ![...operators].some((one) => one.includes(name))).length, 0)
  // Six spellings of each of them, and Null.
  assert.equal(operators.size, all.length * 6 + 1)
})

/** What the other side would look like with a fault in it. */
const asWritten = (change: (operator: string) => string) => (block: Block) =>
  Object.fromEntries(Object.entries(block).map(([operator, keys]) => [change(operator), keys]))
const valuesAs = (change: (values: readonly string[]) => readonly string[]) => (block: Block) =>
  Object.fromEntries(
    Object.entries(block).map(([operator, keys]) => [
      operator,
      Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, change(values)])),
    ]),
  )
const planted: Readonly<Record<string, (block: Block, request: Request) => Block>> = {
  'a value with a star is a wildcard': (block, { variables: named }) =>
    valuesAs((values) =>
      values.map((one) => one.replaceAll('${attribute.v}', (all) => named['attribute.v']?.[0] ?? all)),
    )(block),
  '${*} is a wildcard': valuesAs((values) => values.map((one) => one.replaceAll('${*}', '*'))),
  'only the first value counts': valuesAs((values) => values.slice(0, 1)),
  'ARNs are text': asWritten((operator) => operator.replace(/Arn(Not)?(?:Like|Equals)/, 'String$1Like')),
  '…IfExists is forgotten': asWritten((operator) => operator.replace('IfExists', '')),
  'negation is forgotten': asWritten((operator) => operator.replace('Not', '')),
  'ForAllValues is ForAnyValue': asWritten((operator) => operator.replace('ForAllValues', 'ForAnyValue')),
  'a set operator is forgotten': asWritten((operator) => operator.replace(/^For\w+:/, '')),
  'less is at most': asWritten((operator) => operator.replace(/LessThan(?!Equals)/, 'LessThanEquals')),
  'case does not count': asWritten((operator) =>
    operator.replace(/String(Not)?Equals(?!Ignore)/, 'String$1EqualsIgnoreCase'),
  ),
}

test('a fault would be seen', async (t) => {
  const answered = answers(3000, 1)
  for (const [fault, change] of Object.entries(planted))
    await t.test(fault, () => {
      const { counts } = compareAll(answered, (block, request) => judgeBlock(change(block, request), request))
      assert.ok(counts.disagreements > 0)
    })
})
