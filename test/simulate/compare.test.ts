import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type Options, readWritten } from '../../src/config.ts'
import { compareConfigs, readPeople, type Situation } from '../../src/simulate/index.ts'

const head = `baseUrl: https://aws.corp.example
trustProxy: 1
secret: a secret of more than thirty-two characters
identityProviders: { okta: { metadata: https://corp.okta.com/metadata } }
aws: { region: eu-west-1, federation: passthrough }
`
const accounts = `accounts:
  "111122223333": { name: prod, tags: { env: prod } }
  "444455556666": { name: dev, tags: { env: dev } }
  "777788889999": { name: test, tags: { env: dev } }
`
const situation: Situation = {
  now: Date.parse('2026-03-02T09:00:00Z'),
  sourceIp: '203.0.113.7',
  channel: 'portal',
}

function options(rules: string, more = accounts): Options {
  const { options, faults } = readWritten(`${head}${more}rules:\n${rules}`, { env: {}, baseDir: '/' })
  assert.deepEqual(faults, [], rules)
  return options as Options
}

const offered = (roles: readonly string[]) => ({
  'https://aws.amazon.com/SAML/Attributes/Role': roles.map(
    (role) => `arn:aws:iam::${role},arn:aws:iam::${role.slice(0, 12)}:saml-provider/okta`,
  ),
})
const everyRole = ['111122223333', '444455556666', '777788889999'].flatMap((id) =>
  ['Admin', 'Reader', 'Dev'].map((name) => `${id}:role/${name}`),
)
const people = (...all: readonly Record<string, unknown>[]) =>
  readPeople(
    JSON.stringify(
      all.map(({ user, ...attributes }) => ({ user, attributes: { ...attributes, ...offered(everyRole) } })),
    ),
    ['okta'],
    situation.now,
  )
const between = (old: string, next: string, who = people()) =>
  compareConfigs(options(old), options(next), who, situation)

const platform = (grant: string, more = '') =>
  `  - { id: platform, match: { groups: '^platform$' }, grant: { ${grant} }${more} }\n`
const dev = 'accounts: { env: dev }, roles: [Admin]'

describe('of two configurations it is said', () => {
  const cases: readonly [what: string, old: string, next: string, widens: boolean, says: RegExp][] = [
    ['that they are the same', platform(dev), platform(dev), false, /^$/],
    [
      'that a rule is new',
      platform(dev),
      platform(dev) + platform(dev).replace('platform,', 'more,'),
      true,
      /^rules\.more is new, and allows$/,
    ],
    ['that a rule is gone', platform(dev), '  []\n', false, /^rules\.platform is gone, and allowed$/],
    [
      'which roles a rule opens more',
      platform(dev),
      platform("accounts: '*', roles: [Admin]"),
      true,
      /^rules\.platform opens 1 role: 111122223333\/Admin$/,
    ],
    [
      'which roles a rule opens no longer',
      platform("accounts: '*', roles: [Admin]"),
      platform(dev),
      false,
      /no longer opens 1 role: 111122223333\/Admin/,
    ],
    [
      'that terms are longer',
      platform(dev),
      platform(`${dev}, maxDuration: 4h`),
      true,
      /maxDuration 3600 s became 14400 s/,
    ],
    [
      'that terms are shorter',
      platform(`${dev}, maxDuration: 4h`),
      platform(dev),
      false,
      /has narrower terms/,
    ],
    [
      'that a condition is stricter',
      platform(dev),
      platform(dev, ", condition: { Bool: { 'bridge:MultiFactorAuthPresent': true } }"),
      false,
      /has a stricter condition/,
    ],
    [
      'that a condition is gone',
      platform(dev, ", condition: { Bool: { 'bridge:MultiFactorAuthPresent': true } }"),
      platform(dev),
      true,
      /has another condition/,
    ],
    [
      'that fewer people match',
      platform(dev),
      platform(dev).replace("'^platform$'", () => "'^platform$', dept: '^it$'"),
      false,
      /matches fewer people/,
    ],
    [
      'that other people match',
      platform(dev),
      platform(dev).replace('^platform$', '^plat'),
      true,
      /matches other people/,
    ],
    [
      'that a session policy is gone',
      platform(`${dev}, policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess']`),
      platform(dev),
      true,
      /the session policy is gone/,
    ],
    [
      'that AI agents may more',
      platform(`${dev}, agents: deny`),
      platform(dev),
      true,
      /agents: deny became allow/,
    ],
    [
      'that a denial is gone',
      `${platform(dev)}  - { id: no, effect: deny, match: { groups: '^x$' }, roles: '*' }\n`,
      platform(dev),
      true,
      /rules\.no is gone, and denied/,
    ],
    [
      'that a denial is wider',
      `${platform(dev)}  - { id: no, effect: deny, match: { groups: '^x$', a: '^b$' }, roles: '*' }\n`,
      `${platform(dev)}  - { id: no, effect: deny, match: { groups: '^x$' }, roles: '*' }\n`,
      false,
      /rules\.no denies more/,
    ],
    [
      'that a longer rule sets the terms now, because the one before it asks more',
      platform(dev) + platform(`${dev}, maxDuration: 8h`).replace('id: platform', 'id: late'),
      platform(dev, ", condition: { Bool: { 'bridge:MultiFactorAuthPresent': true } }") +
        platform(`${dev}, maxDuration: 8h`).replace('id: platform', 'id: late'),
      true,
      /rules\.late sets the terms where platform did: maxDuration 3600 s became 28800 s/,
    ],
    [
      'that a longer rule stands first now',
      platform(dev) + platform(`${dev}, maxDuration: 8h`).replace('id: platform', 'id: late'),
      platform(`${dev}, maxDuration: 8h`).replace('id: platform', 'id: late') + platform(dev),
      true,
      /rules\.late stands before platform now/,
    ],
  ]
  for (const [what, old, next, widens, says] of cases)
    test(what, () => {
      const comparison = between(old, next)
      assert.match(comparison.changes.map(({ where, say }) => `${where} ${say}`).join('\n'), says)
      assert.equal(comparison.widens, widens)
    })

  test('what changed beside the rules', () => {
    const other = (more: string) =>
      compareConfigs(options(platform(dev)), options(platform(dev), accounts + more), [], situation)
    const of = (more: string) => other(more).changes.map(({ where, widens }) => [where, widens])
    assert.deepEqual(of('session: { maxAge: 12h }\n'), [['session.maxAge', true]])
    assert.deepEqual(of('session: { maxAge: 2h, idle: 30m }\n'), [
      ['session.maxAge', false],
      ['session.idle', false],
    ])
    assert.deepEqual(of("auditors: { groups: '^security$' }\n"), [['auditors', true]])
    assert.deepEqual(of('support: { name: Platform team }\n'), [['support', false]])
    assert.deepEqual(of('explain: full\n'), [['explain', true]])
  })

  test('who gains, who loses, and whose terms are others', () => {
    const who = people({ user: 'ann', groups: 'platform' }, { user: 'ben', groups: 'other' })
    const { people: noticed, widens } = between(
      platform(dev),
      platform("accounts: '*', roles: [Admin], maxDuration: 2h"),
      who,
    )
    assert.equal(widens, true)
    assert.deepEqual(noticed, [
      {
        user: 'ann',
        provider: 'okta',
        gains: ['arn:aws:iam::111122223333:role/Admin'],
        loses: [],
        otherTerms: ['arn:aws:iam::444455556666:role/Admin', 'arn:aws:iam::777788889999:role/Admin'],
      },
    ])
  })
})

/** Rules of a small world in which much overlaps. */
const rule = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd'),
  effect: fc.constantFrom('allow', 'allow', 'allow', 'deny'),
  group: fc.constantFrom(
    "groups: '^x$'",
    "groups: ['^x$', '^y$']",
    "groups: '^y$'",
    "groups: '^x$', dept: '^it$'",
  ),
  accounts: fc.constantFrom("'*'", '{ env: dev }', '{ env: prod }', '[test]', '{ env: dev, not: [test] }'),
  roles: fc.constantFrom('[Admin]', '[Admin, Reader]', '[Dev]'),
  duration: fc.constantFrom(
    '',
    ', maxDuration: 2h',
    ', maxDuration: 8h',
    ', duration: 30m, maxDuration: 30m',
  ),
  pin: fc.constantFrom(
    '',
    ', agents: deny',
    ', agents: read-only',
    ", policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess']",
  ),
  condition: fc.constantFrom(
    '',
    "{ Bool: { 'bridge:MultiFactorAuthPresent': true } }",
    "{ StringEquals: { 'saml:dept': it } }",
  ),
})
type Rule = typeof rule extends fc.Arbitrary<infer R> ? R : never

const written = ({ id, effect, group, accounts, roles, duration, pin, condition }: Rule) => {
  const when = condition === '' ? '' : `, condition: ${condition}`
  return effect === 'deny'
    ? `  - { id: ${id}, effect: deny, match: { ${group} }, accounts: ${accounts}, roles: ${roles}${when} }\n`
    : `  - { id: ${id}, match: { ${group} }, grant: { accounts: ${accounts}, roles: ${roles}${duration}${pin} }${when} }\n`
}

test('what is not called wider gives nobody a role more, nor for longer, nor with less in the way', () => {
  const everybody = ['x', 'y', ['x', 'y'], 'z'].flatMap((groups) =>
    ['it', 'hr', []].map((dept, n) => ({ user: `p${n}${groups}`, groups, dept })),
  )
  const who = people(...everybody)
  const list = fc.uniqueArray(rule, { selector: ({ id }) => id, minLength: 1, maxLength: 4 })
  const edit = fc
    .tuple(list, list, fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }))
    .map(([old, other, keep]) => {
      // Half of the rules stay as they are, so that something is left to compare.
      const next = old.flatMap((one, n) => (keep[n] ? [one] : (other.find(({ id }) => id === one.id) ?? [])))
      return [old, [...next].flat()] as const
    })
  let narrower = 0
  fc.assert(
    fc.property(edit, ([old, next]) => {
      const [before, after] = [old, next].map((rules) =>
        options(rules.map(written).join('') || '  []\n'),
      ) as [Options, Options]
      const changed = compareConfigs(before, after, [], situation)
      if (changed.widens) return
      narrower += 1
      const { people: noticed } = compareConfigs(before, after, who, situation)
      assert.deepEqual(
        noticed.flatMap(({ gains }) => gains),
        [],
      )
    }),
    { numRuns: 600, seed: 4711 },
  )
  assert.ok(narrower > 60, `only ${narrower} changes were not wider`)
})
