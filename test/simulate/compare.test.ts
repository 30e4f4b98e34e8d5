import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type Options, readWritten } from '../../src/config.ts'
import { compareConfigs, readPeople, type Situation } from '../../src/simulate/index.ts'
import { deciderOf } from '../../src/simulate/try.ts'

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

/** Undefined for what is no configuration. */
function optionsOf(rules: string, more: string): Options | undefined {
  const { options, faults } = readWritten(`${head}${more}rules:\n${rules}`, { env: {}, baseDir: '/' })
  return faults.length === 0 ? (options as Options) : undefined
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
    assert.deepEqual(of("administrators: { groups: '^secops$' }\n"), [['administrators', true]])
    assert.deepEqual(of('support: { name: Platform team }\n'), [['support', false]])
    assert.deepEqual(of('explain: full\n'), [['explain', true]])
  })

  test('administrators that become fewer are no widening, those for workloads are', () => {
    const of = (before: string, after: string) =>
      compareConfigs(
        options(platform(dev), `${accounts}administrators: ${before}\n`),
        options(platform(dev), `${accounts}administrators: ${after}\n`),
        [],
        situation,
      ).changes.map(({ where, widens }) => [where, widens])
    const secops = "{ groups: '^secops$' }"
    assert.deepEqual(of(`[${secops}, { user: '^root$' }]`, secops), [['administrators', false]])
    assert.deepEqual(of(secops, "{ groups: '^secops$', department: '^security$' }"), [
      ['administrators', false],
    ])
    assert.deepEqual(of(secops, "{ groups: '^secops$', workload: '^ci$' }"), [['administrators', true]])
    assert.deepEqual(of("{ groups: '^secops$', workload: '^ci$' }", secops), [['administrators', true]])
  })

  test('offices that nobody had or nobody has any more, and rules that others must allow now', () => {
    const says = (before: string, after: string) =>
      compareConfigs(
        options(platform(dev), accounts + before),
        options(platform(dev), accounts + after),
        [],
        situation,
      ).changes.map(({ where, widens, say }) => `${where} ${say}${widens ? ' (wider)' : ''}`)
    const some = (key: string, group: string) => `${key}: { groups: '^${group}$' }\n`
    for (const key of ['administrators', 'auditors']) {
      assert.deepEqual(says('', some(key, 'a')), [`${key} are new: there were none (wider)`])
      assert.deepEqual(says(some(key, 'a'), ''), [`${key} are gone: there are none now`])
      assert.deepEqual(says(some(key, 'a'), some(key, 'b')), [`${key} are others (wider)`])
    }
    const asked = platform(dev, ", request: { approvers: { groups: '^leads$' } }")
    const rules = (before: string, after: string) => between(before, after).changes.map(({ say }) => say)
    assert.deepEqual(rules(platform(dev), asked), ['is asked for now: others must allow it'])
    assert.deepEqual(rules(asked, platform(dev)), ['need not be asked for any more'])
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

/** What a pair of configurations gives somebody, whatever the comparison of their texts says. */
const gained = (old: string, next: string, ...all: readonly Record<string, unknown>[]) =>
  between(old, next, readPeople(JSON.stringify(all), ['okta'], situation.now)).people.flatMap(
    ({ gains, otherTerms }) => [...gains, ...otherTerms],
  )

describe('what looks stricter and opens something', () => {
  const admin = 'arn:aws:iam::444455556666:role/Admin'
  const offers = offered(everyRole)
  const byName = (patterns: string, grant: string) =>
    `  - { id: by-name, match: { groups: [${patterns}] }, grant: { ${grant} } }\n`
  const cases: readonly [
    what: string,
    old: string,
    next: string,
    who: Record<string, unknown>,
    gains: string,
    says: RegExp,
  ][] = [
    [
      'a condition on the channel names workloads, for whom the rule was not',
      platform(dev),
      platform(dev, ", condition: { StringEquals: { 'bridge:Channel': [portal, workload] } }"),
      { user: 'job', protocol: 'workload', attributes: { groups: 'platform', ...offers } },
      admin,
      /rules\.platform is for workloads too/,
    ],
    [
      'a condition on the provider names an issuer of workloads',
      platform(dev),
      platform(dev, ", condition: { StringLike: { 'bridge:IdentityProvider': '*' } }"),
      { user: 'job', protocol: 'workload', attributes: { groups: 'platform', ...offers } },
      admin,
      /rules\.platform is for workloads too/,
    ],
    [
      'without the pattern before it another one reads a group in another way',
      byName("'^aws-(?<role>\\w+)-x$', '^aws-(?<role>.*)$'", "accounts: [dev], roles: ['${role}']"),
      byName("'^aws-(?<role>.*)$'", "accounts: [dev], roles: ['${role}']"),
      { user: 'ann', attributes: { groups: 'aws-Dev-x', ...offered(['444455556666:role/Dev-x']) } },
      'arn:aws:iam::444455556666:role/Dev-x',
      /rules\.by-name reads its variables by other patterns/,
    ],
    [
      'the same patterns in another order do so too',
      byName("'^aws-(?<role>\\w+)-x$', '^aws-(?<role>.*)$'", "accounts: [dev], roles: ['${role}']"),
      byName("'^aws-(?<role>.*)$', '^aws-(?<role>\\w+)-x$'", "accounts: [dev], roles: ['${role}']"),
      { user: 'ann', attributes: { groups: 'aws-Dev-x', ...offered(['444455556666:role/Dev-x']) } },
      'arn:aws:iam::444455556666:role/Dev-x',
      /rules\.by-name reads its variables by other patterns/,
    ],
    [
      'a tag is of another group than before',
      byName("'^a-(?<t>\\w+)$', '^b-(?<t>\\w+)$'", `${dev}, tags: { team: '\${t}' }`),
      byName("'^b-(?<t>\\w+)$'", `${dev}, tags: { team: '\${t}' }`),
      { user: 'ann', attributes: { groups: ['a-x', 'b-y'], ...offers } },
      admin,
      /rules\.by-name reads its variables by other patterns/,
    ],
    [
      'a further attribute takes the place of the account in a tag',
      platform(`${dev}, tags: { account: '\${account}' }`),
      platform(`${dev}, tags: { account: '\${account}' }`).replace(
        "'^platform$'",
        () => "'^platform$', dept: '^(?<account>.*)$'",
      ),
      { user: 'ann', attributes: { groups: 'platform', dept: '111122223333', ...offers } },
      admin,
      /rules\.platform reads its variables by other patterns/,
    ],
  ]
  for (const [what, old, next, who, gains, says] of cases)
    test(what, () => {
      assert.ok(gained(old, next, who).includes(gains), 'nobody notices anything')
      const { changes, widens } = compareConfigs(options(old), options(next), [], situation)
      assert.match(changes.map(({ where, say }) => `${where} ${say}`).join('\n'), says)
      assert.equal(widens, true)
    })

  test('a later rule whose window ends later sets the end where the one before it did', () => {
    const windowed = (id: string, group: string, until: string) =>
      `  - { id: ${id}, match: { groups: '${group}' }, grant: { ${dev}, untilWindowEnds: true }, condition: { DateLessThan: { 'bridge:TimeOfDay': '${until}' } } }\n`
    const late = windowed('late', '^x$', '09:45')
    const { changes, widens } = between(windowed('soon', '^x$', '09:15') + late, late)
    assert.match(
      changes.map(({ say }) => say).join('\n'),
      /sets the terms where soon did: its window ends at another time/,
    )
    assert.equal(widens, true)
  })

  test('dual-stack endpoints let people with IPv6 have pinned roles', () => {
    const next = options(platform(`${dev}, pinToSourceIp: true`))
    const dual = { ...next, aws: { ...next.aws, useDualstack: true } }
    assert.equal(compareConfigs(next, dual as Options, [], situation).widens, true)
    assert.equal(compareConfigs(dual as Options, next, [], situation).widens, false)
  })
})

/** Rules of a small world in which much overlaps. */
const rule = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd'),
  effect: fc.constantFrom('allow', 'allow', 'allow', 'deny'),
  aim: fc.constantFrom(
    ["groups: '^x$'", '[Admin]'],
    ["groups: ['^x$', '^y$']", '[Admin, Reader]'],
    ["groups: '^y$'", '[Dev]'],
    ["groups: '^x$', dept: '^it$'", '[Admin]'],
    ["groups: '^x$', dept: '^(?<role>.*)$'", '[Admin, Dev]'],
    ["groups: ['^(?<role>Dev)-x$', '^(?<role>.*)$']", "['${role}']"],
    ["groups: ['^(?<role>.*)$', '^(?<role>Dev)-x$']", "['${role}']"],
    ["groups: '^(?<role>.*)$'", "['${role}']"],
    ["groups: '^(?<role>.*)$', dept: '^it$'", "['${role}']"],
  ),
  accounts: fc.constantFrom("'*'", '{ env: dev }', '{ env: prod }', '[test]', '{ env: dev, not: [test] }'),
  terms: fc.constantFrom(
    '',
    ', maxDuration: 2h',
    ', maxDuration: 8h',
    ', duration: 30m, maxDuration: 30m',
    ', agents: deny',
    ', agents: read-only',
    ", policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess']",
    ", tags: { r: '${role}' }",
    ", tags: { r: '${role}' }",
  ),
  condition: fc.subarray(
    [
      ['Bool', "'bridge:MultiFactorAuthPresent': true"],
      ['StringEquals', "'saml:dept': it"],
      ['StringNotEquals', "'bridge:AccountTag/env': prod"],
      ['ForAllValues:StringEquals', "'saml:dept': [it, hr]"],
      ['StringEqualsIfExists', "'bridge:Channel': [portal, workload]"],
      ['ForAnyValue:StringLike', "'bridge:IdentityProvider': '*'"],
      ['Null', "'bridge:Agent': true"],
    ] as const,
    { maxLength: 2 },
  ),
})
type Rule = typeof rule extends fc.Arbitrary<infer R> ? R : never

const written = ({ id, effect, aim: [match, roles], accounts, terms, condition }: Rule) => {
  const asked = condition.map(([operator, asked]) => `'${operator}': { ${asked} }`).join(', ')
  const when = asked === '' ? '' : `, condition: { ${asked} }`
  return effect === 'deny'
    ? `  - { id: ${id}, effect: deny, match: { ${match} }, accounts: ${accounts}, roles: ${roles?.includes('$') ? "'*e*'" : roles}${when} }\n`
    : `  - { id: ${id}, match: { ${match} }, grant: { accounts: ${accounts}, roles: ${roles}${terms} }${when} }\n`
}

/** The same accounts, and with another one called dev, or test elsewhere. */
const directories = [
  accounts,
  accounts.replace('name: dev, tags: { env: dev }', 'name: dev, tags: { env: prod }'),
  accounts.replace('name: test', 'name: tried').replace('name: prod', 'name: test'),
]

/** Everybody, in all that they can do about it: by another door, with an agent, with a second factor. */
const everybody = (() => {
  const groups = ['x', 'y', ['x', 'y'], 'z', 'Dev-x', ['Reader', 'Dev-x']]
  const offers = offered(
    ['111122223333', '444455556666', '777788889999'].flatMap((id) =>
      ['Admin', 'Reader', 'Dev', 'Dev-x', 'x', 'y', 'z', 'it', 'hr'].map((name) => `${id}:role/${name}`),
    ),
  )
  const all = groups.flatMap((some) =>
    ['it', 'hr', []].flatMap((dept) =>
      (['saml', 'workload'] as const).flatMap((protocol) =>
        [true, false].map((mfa) => ({
          user: 'somebody',
          protocol,
          mfa,
          attributes: { groups: some, dept, ...offers },
        })),
      ),
    ),
  )
  return readPeople(JSON.stringify(all), ['okta'], situation.now)
})()
const situations: readonly Situation[] = [
  situation,
  { ...situation, channel: ['cli', 'api'], agent: 'claude-code' },
  { ...situation, channel: ['cli', 'api', 'workload'] },
]

/** What somebody has by the second configuration that the first did not give them, not for so long, or not so freely. */
function gainsBetween(old: Options, next: Options): readonly string[] {
  const [before, after] = [deciderOf(old), deciderOf(next)]
  return situations.flatMap((there) =>
    everybody.flatMap((one) => {
      const had = new Map(before(one, there).entitlements.map((role) => [role.roleArn, role]))
      return after(one, there).entitlements.flatMap((role) => {
        const was = had.get(role.roleArn)
        const isWithin =
          was !== undefined &&
          role.maxDuration <= was.maxDuration &&
          role.policyArns.length >= was.policyArns.length &&
          (role.readOnly ?? false) >= (was.readOnly ?? false) &&
          JSON.stringify(role.tags) === JSON.stringify(was.tags)
        return isWithin ? [] : [role.roleArn]
      })
    }),
  )
}

test('what is not called wider gives nobody a role more, nor for longer, nor with less in the way', () => {
  const rules = fc.uniqueArray(rule, { selector: ({ id }) => id, minLength: 1, maxLength: 4 })
  const directory = fc.constantFrom(...directories)
  const edit = fc.tuple(
    rules,
    rules,
    fc.array(fc.constantFrom('as it is', 'gone', 'all', 'aim', 'terms', 'condition'), {
      minLength: 4,
      maxLength: 4,
    }),
    fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, directory),
  )
  let narrower = 0
  let refused = 0
  fc.assert(
    fc.property(edit, ([old, other, edits, elsewhere]) => {
      // Most of it stays as it is, so that something is left to compare.
      const next = old.flatMap((one, n) => {
        const [how, by] = [edits[n], other[n % other.length] ?? one]
        if (how === 'gone') return []
        if (how === 'all') return [{ ...by, id: one.id }]
        return how === 'as it is' || how === undefined ? [one] : [{ ...one, [how]: by[how as 'aim'] }]
      })
      const [before, after] = [[old, accounts] as const, [next, elsewhere ?? accounts] as const].map(
        ([list, more]) => optionsOf(list.map(written).join('') || '  []\n', more),
      )
      if (before === undefined || after === undefined) {
        refused += 1
        return
      }
      if (compareConfigs(before, after, [], situation).widens) return
      narrower += 1
      assert.deepEqual(gainsBetween(before, after), [])
    }),
    { numRuns: 600, seed: 4711 },
  )
  assert.ok(narrower > 60, `only ${narrower} changes were not wider, and ${refused} were no configuration`)
})
