import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { accountOptions, describePolicy, evaluate } from '../../src/policy/index.ts'
import { admin, monday, person, policyOf, ruleList } from './fixtures.ts'

const now = Date.UTC(2026, 5, 1)
const attributes = new Set(['groups', 'type', 'team'])
const other = 'arn:aws:iam::444455556666:role/Other'
const allow = { id: 'a', match: { groups: '^x$' }, grant: { role: admin } }

/** `code path message` of each warning about these rules. */
function warnings(
  rules: readonly object[],
  more: { accounts?: object; auditors?: object; administrators?: object } = {},
): string[] {
  const policy = {
    rules: ruleList.parse(rules),
    ...(more.accounts && { accounts: accountOptions.parse(more.accounts) }),
    ...(more.auditors && { auditors: more.auditors as Record<string, string[]> }),
    ...(more.administrators && { administrators: more.administrators as Record<string, string[]>[] }),
  }
  const found = describePolicy(policy, { providers: ['okta'], attributes, now }).warnings
  return found.map(({ code, path, message }) => `${code} ${path.join('.')} ${message}`)
}
const codes = (...rules: readonly object[]) => warnings(rules).map((one) => one.replace(/ .*/s, ''))

describe('patterns', () => {
  const match = (groups: string) => codes({ ...allow, match: { groups } })

  test('that match every value and do not look like it', () => {
    for (const source of [
      '^.*$',
      '.+',
      '^',
      '$',
      '^.*',
      'x*',
      '(?i)x*',
      '(?:a|b)?',
      '(?P<g>\\d*)'.replace('\\d', '[0-9]'),
    ])
      assert.deepEqual(match(source), ['matches-everything'], source)
    assert.deepEqual(match('.*'), [])
    assert.deepEqual(match('^x*$'), [])
    assert.deepEqual(match('^$'), [])
    assert.deepEqual(match('x+'), ['pattern-unanchored'])
  })

  test('that no value matches, because text stands before the beginning or behind the end', () => {
    for (const source of ['x^y', '^x$y', 'a$b', '(?i)x^', '\\Ax\\zy'])
      assert.deepEqual(match(source), ['never-matches'], source)
    for (const source of ['^x$', '^^x$$', '^a$|^b$', '(?m)x$y', '\\^x\\$y', '[^x]$'])
      assert.ok(!match(source).includes('never-matches'), source)
  })

  test('that must each be tried on every value, where they are many', () => {
    const many = (count: number, pattern: (n: number) => string, attribute = 'groups') =>
      Array.from({ length: count }, (_, n) => ({ ...allow, id: `r${n}`, match: { [attribute]: pattern(n) } }))
    const unindexed = (rules: readonly object[]) =>
      warnings(rules).filter((one) => one.startsWith('patterns-unindexed'))
    const bare = (n: number) => `^(?:a${n}|b${n})$`
    const text =
      'patterns-unindexed rules.1.match.groups 250 patterns on groups (r0, r1, r2 and 247 other rules) have no text of two ' +
      'letters or more that their values must have, so each is tried on every value of everybody, and signing in ' +
      'becomes slow; begin them with fixed text, such as ^aws-'
    assert.deepEqual(unindexed([{ ...allow, id: 'first' }, ...many(250, bare)]), [text])
    assert.deepEqual(unindexed(many(249, bare)), [])
    assert.deepEqual(unindexed([...many(249, bare), ...many(249, bare)]), [])
    assert.deepEqual(unindexed([...many(200, bare), ...many(200, bare, 'team')]), [])
    assert.deepEqual(unindexed(many(300, (n) => `^aws-(?:a${n}|b${n})$`)), [])
    assert.deepEqual(unindexed(many(300, (n) => `^g${n}$`)), [])
    assert.deepEqual(unindexed(many(300, bare, 'user')), [])
    const denials = many(250, bare).map(({ id, match }) => ({ id, match, effect: 'deny', roles: '*' }))
    assert.equal(unindexed(denials).length, 1)
  })

  test('what is said of all values is true of every value', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ab.*+?^$|()]{1,6}$/), fc.string(), (source, value) => {
        let found: string[]
        try {
          found = match(source)
        } catch {
          return
        }
        const policy = policyOf([{ ...allow, match: { groups: source } }])
        const { entitlements } = evaluate(policy, person({ groups: [value] }), monday)
        if (found.includes('matches-everything') && value !== '' && !/[\r\n]/.test(value))
          assert.equal(entitlements.length, 1, JSON.stringify([source, value]))
        if (found.includes('never-matches'))
          assert.equal(entitlements.length, 0, JSON.stringify([source, value]))
      }),
      { numRuns: 1000 },
    )
  })

  test('by which everybody reads everyone’s audit trail', () => {
    assert.match(warnings([allow], { auditors: { user: ['.*'] } }).join('\n'), /^everybody-audits auditors /m)
    assert.deepEqual(warnings([allow], { auditors: { groups: ['^security$'] } }), [])
  })

  test('by which everybody may lock everybody else', () => {
    assert.match(
      warnings([allow], { administrators: [{ groups: ['^a$'] }, { user: ['.*'] }] }).join('\n'),
      /^everybody-administers administrators\.1 /m,
    )
    assert.deepEqual(warnings([allow], { administrators: [{ groups: ['^security$'] }] }), [])
  })

  test('on attributes that nobody maps: the rule is for nobody', () => {
    assert.match(
      warnings([{ ...allow, match: { colour: '^x$' } }])[0] ?? '',
      /^attribute-unmapped rules\.0\.match\.colour .*for nobody$/,
    )
  })
})

describe('conditions', () => {
  const asked = (condition: object, more: object = {}) => codes({ ...allow, condition, ...more })
  const deny = { effect: 'deny', roles: '*', grant: undefined, match: { groups: '(?i)^x$' } }

  test('that can never hold', () => {
    for (const condition of [
      { NumericLessThan: { 'bridge:AuthnAge': 0 } },
      {
        NumericLessThan: { 'bridge:MultiFactorAuthAge': 60 },
        NumericGreaterThan: { 'bridge:MultiFactorAuthAge': 60 },
      },
      { StringEquals: { 'bridge:Weekday': 'Sat' }, StringNotEquals: { 'bridge:Weekday': ['Sat', 'Sun'] } },
      {
        StringEquals: { 'bridge:Weekday': 'Sat' },
        TimeWithin: { 'bridge:LocalTime': 'Mon-Fri 08:00-18:00' },
      },
      { TimeWithin: { 'bridge:LocalTime': '08:00-12:00' }, DateGreaterThan: { 'bridge:TimeOfDay': '13:00' } },
      { DateLessThan: { 'bridge:CurrentTime': '2026-05-31T00:00:00Z' } },
      {
        DateGreaterThan: { 'bridge:CurrentTime': '2027-01-02' },
        DateLessThan: { 'bridge:CurrentTime': '2027-01-01' },
      },
    ]) {
      assert.deepEqual(asked(condition), ['never-holds'], JSON.stringify(condition))
      assert.ok(asked(condition, deny).includes('never-holds'), JSON.stringify(condition))
    }
  })

  test('that always hold in a rule that allows; in one that denies they shut more, which is safe', () => {
    for (const condition of [
      { Bool: { 'bridge:MultiFactorAuthPresent': [true, false] } },
      { TimeWithin: { 'bridge:LocalTime': ['00:00-12:00', '12:00-24:00'] } },
      { DateGreaterThan: { 'bridge:CurrentTime': '2020-01-01' } },
      { NumericGreaterThanEqualsIfExists: { 'bridge:AuthnAge': 0 } },
    ]) {
      assert.deepEqual(asked(condition), ['always-holds'], JSON.stringify(condition))
      assert.ok(!asked(condition, deny).includes('always-holds'))
    }
  })

  test('that sometimes hold are left alone', () => {
    for (const condition of [
      { NumericLessThan: { 'bridge:AuthnAge': 1 } },
      {
        NumericLessThan: { 'bridge:MultiFactorAuthAge': 3600 },
        Bool: { 'bridge:MultiFactorAuthPresent': true },
      },
      { StringEquals: { 'bridge:Weekday': 'Sat' }, TimeWithin: { 'bridge:LocalTime': 'Fri 22:00-06:00' } },
      { DateLessThan: { 'bridge:CurrentTime': '2026-06-01T00:00:01Z' } },
      { TimeWithin: { 'bridge:LocalTime': '23:59-00:00' } },
      { StringLike: { 'bridge:Weekday': 'S*' } },
    ])
      assert.deepEqual(asked(condition), [], JSON.stringify(condition))
  })

  test('that let in people who lack what is asked for', () => {
    const holds = (condition: object) => asked(condition).filter((code) => code === 'holds-when-absent')
    for (const condition of [
      { 'ForAllValues:StringEquals': { 'saml:team': ['red', 'blue'] } },
      { StringNotEqualsIgnoreCase: { 'saml:type': 'contractor' } },
      { StringNotEquals: { 'bridge:AuthnContext': 'urn:weak' } },
      { StringNotEquals: { 'bridge:AccountTag/env': 'prod' } },
    ])
      assert.deepEqual(holds(condition), ['holds-when-absent'], JSON.stringify(condition))
    for (const condition of [
      { StringNotEqualsIgnoreCase: { 'saml:type': 'contractor' }, Null: { 'saml:type': false } },
      { StringEqualsIfExists: { 'saml:type': 'staff' } },
      { 'ForAnyValue:StringEquals': { 'saml:team': 'red' } },
      { StringNotEquals: { 'bridge:Agent': 'codex' } },
      { StringNotEqualsIgnoreCase: { 'saml:groups': 'y' } },
    ])
      assert.deepEqual(holds(condition), [], JSON.stringify(condition))
    const denied = { id: 'd', effect: 'deny', match: { groups: '(?i)^x$' }, roles: '*' }
    assert.ok(
      !codes(allow, { ...denied, condition: { StringNotEquals: { 'saml:type': 'a' } } }).includes(
        'holds-when-absent',
      ),
    )
  })
})

describe('rules beside each other', () => {
  const tagged = { ...allow, id: 'b', grant: { role: admin, tags: { Team: 'x' } } }
  const office = { IpAddress: { 'bridge:SourceIp': '192.0.2.0/24' } }

  test('one that adds nothing to an earlier one', () => {
    assert.match(
      warnings([allow, { ...allow, id: 'b' }]).join(),
      /^rule-repeats rules\.1 opens nothing that a above does not/,
    )
    assert.deepEqual(codes(allow, tagged), ['rule-repeats'])
    assert.deepEqual(codes({ ...allow, match: { groups: ['^x$', '^y$'] } }, tagged), ['rule-repeats'])
    assert.deepEqual(codes({ ...allow, match: { user: '.*' } }, tagged), ['rule-repeats'])
    assert.deepEqual(codes(allow, { ...allow, id: 'b', match: { groups: '^x$', type: '^y$' } }), [
      'rule-repeats',
    ])
    assert.deepEqual(codes(allow, { ...allow, id: 'b', condition: office }), ['rule-repeats'])
  })

  test('one that may still open something is left alone', () => {
    for (const rules of [
      [allow, { ...allow, id: 'b', grant: { role: other } }],
      [allow, { ...allow, id: 'b', match: { groups: '^z$' } }],
      [
        { ...allow, condition: office },
        { ...allow, id: 'b' },
      ],
      [
        { ...allow, match: { groups: '^x$', type: '^y$' } },
        { ...allow, id: 'b' },
      ],
      // For those whose value AWS does not take.
      [
        { ...tagged, grant: { role: admin, tags: { Team: '${attribute.team|safe}' } } },
        { ...allow, id: 'c' },
      ],
      [
        { ...allow, grant: { role: admin, agents: 'deny' } },
        { ...allow, id: 'b', grant: { role: other } },
      ],
    ])
      assert.deepEqual(codes(...rules), [], JSON.stringify(rules))
    const jobs = { StringEquals: { 'bridge:Channel': 'workload' } }
    assert.deepEqual(
      codes(allow, { ...allow, id: 'b', condition: jobs }),
      [],
      'a rule for workloads takes others',
    )
  })

  test('one all of whose roles another denies, wherever that stands', () => {
    const deny = {
      id: 'd',
      effect: 'deny',
      match: { groups: '^x$' },
      roles: 'arn:aws:iam::111122223333:role/*',
    }
    const found = (rule: object) => codes(allow, rule).filter((code) => code === 'denied-anyway')
    assert.deepEqual(found(deny), ['denied-anyway'])
    assert.match(warnings([deny, allow]).join('\n'), /^denied-anyway rules\.1 opens nothing: .* d denies/m)
    assert.deepEqual(found({ ...deny, match: { user: '.*' } }), ['denied-anyway'])
    assert.deepEqual(found({ ...deny, condition: office }), [])
    assert.deepEqual(found({ ...deny, match: { groups: '^x$', type: '^y$' } }), [])
    assert.deepEqual(found({ ...deny, roles: 'arn:aws:iam::444455556666:role/*' }), [])
  })

  test('a denial of roles says nothing of a federated user, and one of federated users does', () => {
    const grant = {
      via: 'get-federation-token',
      ...{ account: '111122223333', name: 'Reports' },
      policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
    }
    const found = (roles: string) =>
      codes({ ...allow, grant }, { id: 'd', effect: 'deny', match: { groups: '^x$' }, roles }).filter(
        (code) => code === 'denied-anyway',
      )
    assert.deepEqual(found('arn:*:iam::111122223333:role/*'), [])
    assert.deepEqual(found('arn:*:iam::111122223333:federated-user/*'), ['denied-anyway'])
  })

  test('one that denies everybody everything is said once', () => {
    const stop = { id: 'd', effect: 'deny', match: { user: '.*' }, roles: '*' }
    assert.deepEqual(codes(allow, stop), ['denies-everything'])
    assert.deepEqual(codes(allow, { ...stop, condition: office }), [])
  })

  test('what is called a repetition changes nobody’s roles when it is taken away', () => {
    const pattern = fc.constantFrom('^x$', '^y$', '.*', '^[xy]$')
    const rule = fc.record({
      match: fc.oneof(
        fc.record({ groups: fc.uniqueArray(pattern, { minLength: 1, maxLength: 2 }) }),
        fc.record({ user: fc.constant('.*') }),
        fc.record({ groups: pattern, type: pattern }),
      ),
      to: fc.constantFrom(admin, other),
      tag: fc.constantFrom(undefined, 'x', '${attribute.team}'),
      condition: fc.constantFrom(undefined, office),
      deny: fc.boolean(),
    })
    const values = fc.subarray(['x', 'y', 'z'])
    const people = fc.record({ groups: values, type: values, team: fc.constantFrom([], ['ok'], ['&']) })
    fc.assert(
      fc.property(
        fc.array(rule, { minLength: 2, maxLength: 4 }),
        people,
        fc.boolean(),
        (drawn, who, inOffice) => {
          const rules = drawn.map(({ match, to, tag, condition, deny }, index) => {
            const base = { id: `r${index}`, match, ...(condition && { condition }) }
            if (deny) return { ...base, effect: 'deny', roles: to }
            return { ...base, grant: { role: to, ...(tag && { tags: { T: tag } }) } }
          })
          const rolesBy = (list: readonly object[]) =>
            evaluate(policyOf(list), person(who), {
              ...monday,
              sourceIp: inOffice ? '192.0.2.1' : '198.51.100.1',
            }).entitlements.map(({ roleArn, tags }) => JSON.stringify([roleArn, tags]))
          const idle = warnings(rules).flatMap(
            (one) => /^(?:rule-repeats|denied-anyway) rules\.(\d)/.exec(one)?.[1] ?? [],
          )
          for (const place of idle)
            assert.deepEqual(rolesBy(rules.filter((_, index) => String(index) !== place)), rolesBy(rules))
        },
      ),
      { numRuns: 600 },
    )
  })

  test('five thousand of them are looked at in a moment, each compared with few', () => {
    const rules = Array.from({ length: 5000 }, (_, n) => ({
      ...allow,
      id: `r${n}`,
      match: { groups: `^g${n}$` },
    }))
    assert.deepEqual(codes(...rules), [])
  })
})

describe('accounts', () => {
  const accounts = {
    111122223333: { name: 'prod', color: 'redd' },
    777788889999: { name: 'b', color: 'turquoise' },
  }

  test('with a colour that no page shows', () => {
    const [found, ...others] = warnings([allow], { accounts })
    assert.match(
      found ?? '',
      /^color-unknown accounts\.111122223333\.color no page shows the colour redd; did you mean red\?$/,
    )
    assert.deepEqual(others, [])
  })

  test('that a rule leads to and the configuration does not name, where it names others', () => {
    const rules = [{ ...allow, grant: { role: other } }]
    assert.match(
      warnings(rules, { accounts: { 111122223333: { name: 'prod' } } }).join(),
      /^account-unlisted rules\.0\.grant\.role leads to the account 444455556666/,
    )
    assert.deepEqual(warnings(rules), [])
  })
})
