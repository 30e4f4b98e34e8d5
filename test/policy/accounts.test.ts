import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { accountOptions, checkPolicy, describePolicy, evaluate, explain } from '../../src/policy/index.ts'
import { monday, person, policyOf, ruleList } from './fixtures.ts'

const accounts = {
  '111111111111': { name: 'shop', tags: { env: 'prod', ou: '/workloads', tier: 1 } },
  '222222222222': { name: 'shop-staging', tags: { env: 'staging', ou: '/workloads' } },
  '333333333333': { name: 'shop-dev', tags: { env: 'dev', ou: '/workloads' } },
  '444444444444': { name: 'bank', tags: { env: 'prod', ou: '/regulated' } },
  '555555555555': { name: 'attic' },
}

const match = { groups: '^ops$' }
const ops = person({ groups: ['ops'] })
const allow = (chosen: unknown, more: object = {}) => ({
  id: 'ops',
  match,
  grant: { accounts: chosen, roles: ['Admin'], ...more },
})
const byArn = {
  id: 'by-arn',
  match: { arn: '^(?<arn>.+)$' },
  grant: { role: '${arn}' },
}

/** `shop:Admin` for each role that somebody gets. */
function given(rules: readonly unknown[], who = ops, around = monday): readonly string[] {
  const { entitlements } = evaluate(policyOf(rules, { accounts }), who, around)
  return entitlements.map(({ account, roleArn }) => `${account.name}:${roleArn.split(':role/')[1]}`)
}

const aws = {
  partition: 'aws',
  region: 'eu-west-1',
  federation: 'reissue',
  provider: 'arn:aws:iam::${account}:saml-provider/x',
} as const

/** What `check` says of rules, with the place of each fault. */
function faults(rules: readonly unknown[], known: Readonly<Record<string, object>> = accounts): string {
  const read = ruleList.safeParse(rules)
  if (!read.success)
    return read.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('\n')
  return checkPolicy({ rules: read.data, accounts: accountOptions.parse(known), aws })
    .map(({ path, message }) => `${path.join('.')} ${message}`)
    .join('\n')
}

describe('a rule chooses accounts', () => {
  const cases: [what: string, chosen: unknown, wanted: readonly string[]][] = [
    ['all', '*', ['attic', 'bank', 'shop', 'shop-dev', 'shop-staging']],
    ['by name', 'shop', ['shop']],
    ['by id and by name', ['444444444444', 'attic'], ['attic', 'bank']],
    ['by a tag', { env: 'prod' }, ['bank', 'shop']],
    ['by one of the values of a tag', { env: ['prod', 'staging'] }, ['bank', 'shop', 'shop-staging']],
    ['by all of its tags', { env: ['prod', 'staging'], ou: '/workloads' }, ['shop', 'shop-staging']],
    ['by a number that is a tag', { tier: 1 }, ['shop']],
    ['by a tag, without some by name', { env: 'prod', not: ['bank'] }, ['shop']],
    ['by a tag, without some by tag', { env: 'prod', not: { ou: '/regulated' } }, ['shop']],
    ['all but some', { not: { env: ['prod', 'staging'] } }, ['attic', 'shop-dev']],
  ]
  for (const [what, chosen, wanted] of cases)
    test(what, () => {
      assert.deepEqual(
        given([allow(chosen)]),
        wanted.map((name) => `${name}:Admin`),
      )
      assert.equal(faults([allow(chosen)]), '')
    })
})

test('roles are named with their path, and by what a group caught; a value that brings more than a name gives nothing', () => {
  const rules = [
    {
      id: 'by-group',
      match: { groups: '^aws-(?<role>.*)$' },
      grant: { accounts: { env: 'prod' }, roles: ['audit/ReadOnly', '${role}', 'ops/${role}'] },
    },
  ]
  assert.deepEqual(given(rules, person({ groups: ['aws-Admin', 'aws-x:y', 'aws-', 'aws-x:y/Admin'] })), [
    'bank:Admin',
    'bank:ops/Admin',
    'bank:audit/ReadOnly',
    'shop:Admin',
    'shop:ops/Admin',
    'shop:audit/ReadOnly',
  ])
  assert.deepEqual(given(rules, person({ groups: ['aws-AWSReservedSSO_Admin_0123456789abcdef'] })), [
    'bank:audit/ReadOnly',
    'shop:audit/ReadOnly',
  ])
})

test('names, tags and providers are those of the account of each role', () => {
  const rule = allow(['shop', 'attic'], { sessionName: '${user}@${account}', tags: { Role: '${role}' } })
  const { entitlements } = evaluate(policyOf([rule], { accounts }), ops, monday)
  assert.deepEqual(
    entitlements.map(({ roleSessionName, tags, providerArn, account }) => [
      roleSessionName,
      tags.Role,
      providerArn.slice(13, 25),
      account.tags?.env,
    ]),
    [
      ['alice@555555555555', 'Admin', '555555555555', undefined],
      ['alice@111111111111', 'Admin', '111111111111', 'prod'],
    ],
  )
})

test('the first rule that leads to a role sets its terms, and a denial wins over both', () => {
  const rules = [
    allow({ env: 'prod' }, { duration: '15m' }),
    { ...allow('*', { duration: '45m' }), id: 'wide' },
    { id: 'never', effect: 'deny', match, accounts: { ou: '/regulated' }, roles: '*' },
  ]
  const { entitlements } = evaluate(policyOf(rules, { accounts }), ops, monday)
  assert.deepEqual(
    entitlements.map(({ account, duration }) => `${account.name} ${duration}`),
    ['attic 2700', 'shop 900', 'shop-dev 2700', 'shop-staging 2700'],
  )
})

describe('a denial by account', () => {
  const deny = (chosen: unknown, roles: unknown = '*') => [
    byArn,
    { id: 'no', effect: 'deny', match: { arn: '.*' }, accounts: chosen, roles },
  ]
  const arns = (...pairs: string[]) => pairs.map((pair) => `arn:aws:iam::${pair.replace(' ', ':role/')}`)
  const who = person({ arn: arns('111111111111 Admin', '333333333333 audit/Admin', '999999999999 Admin') })

  test('takes the roles it names in the accounts it chooses, and no others', () => {
    assert.deepEqual(given(deny({ env: 'prod' }), who), ['999999999999:Admin', 'shop-dev:audit/Admin'])
    assert.deepEqual(given(deny('shop-dev', 'ops/Admin'), who).length, 3)
    assert.deepEqual(given(deny('shop-dev', ['audit/*']), who), ['999999999999:Admin', 'shop:Admin'])
  })

  test('by a name alone holds on every path: an account has one role of a name', () => {
    const left = ['999999999999:Admin', 'shop:Admin']
    assert.deepEqual(given(deny('shop-dev', 'Admin'), who), left)
    assert.deepEqual(given(deny('shop-dev', 'Adm??'), who), left)
    const caught = {
      id: 'by-group',
      match: { groups: '^aws-(?<role>.+)$' },
      grant: { accounts: 'shop', roles: '${role}' },
    }
    const no = { id: 'no', effect: 'deny', match: { user: '.*' }, accounts: 'shop', roles: 'Admin' }
    assert.deepEqual(
      given([caught, no], person({ groups: ['aws-Admin', 'aws-x/Admin', 'aws-x//Admin'] })),
      [],
    )
  })

  test('of all, or of all but some, holds for accounts that nobody described', () => {
    assert.deepEqual(given(deny('*'), who), [])
    assert.deepEqual(given(deny({ not: { env: 'dev' } }), who), ['shop-dev:audit/Admin'])
  })

  test('is explained with what it chooses', () => {
    const { trace } = evaluate(policyOf(deny({ env: 'prod' }), { accounts }), who, monday)
    const { summary } = explain(trace, { roleArn: 'arn:aws:iam::111111111111:role/Admin' })
    assert.match(summary, /rule "no" denies it/)
    assert.match(JSON.stringify(explain(trace).steps), /denies you any role in accounts with env prod/)
  })

  test('says what is wrong with it', () => {
    assert.match(faults(deny({ env: 'prd' })), /rules\.1\.accounts\.env no account has env "prd".*"prod"/)
    assert.match(faults(deny('shop', 'arn:aws:iam::*:role/x')), /1\.roles is an ARN; beside accounts/)
    for (const never of ['/Admin', '/*', 'role:Admin', 'Ad min', 'audit/'])
      assert.match(faults(deny('shop', ['Admin', never])), /1\.roles\.1 can match no role/)
    assert.equal(faults(deny('shop', ['Adm*', 'a.b/c!d/Admin', 'audit/*', '*/Admin'])), '')
    assert.match(faults([{ id: 'x', match, effect: 'deny', roles: 'Admin' }]), /must be a role ARN.*accounts/)
    assert.match(faults([{ id: 'x', match, effect: 'deny', accounts: '*' }]), /name the "roles"/)
  })
})

describe('what a selection names must be there', () => {
  const cases: [what: string, chosen: unknown, say: RegExp][] = [
    ['a name', 'shopp', /^rules\.0\.grant\.accounts no account is called "shopp"; did you mean "shop"\?$/],
    ['a name of a list', ['shop', 'shopp'], /grant\.accounts\.1 no account is called "shopp"/],
    ['an id', '111111111112', /no account is called "111111111112"; did you mean "111111111111"\?/],
    ['a tag', { envv: 'prod' }, /grant\.accounts\.envv no account has a tag "envv"; did you mean "env"\?/],
    ['a value', { env: ['prod', 'stagign'] }, /accounts\.env\.1 no account has env "stagign".*"staging"/],
    [
      'a tag that is taken away',
      { env: 'prod', not: { uo: '/x' } },
      /accounts\.not\.uo no account has a tag/,
    ],
    ['a value that is taken away', { not: { env: 'prdo' } }, /accounts\.not\.env no account has env "prdo"/],
    ['a name that is taken away', { not: 'bnak' }, /accounts\.not no account is called "bnak"/],
    ['some account', { env: 'prod', tier: 1, not: 'shop' }, /grant\.accounts chooses no account$/],
    ['all, alone', ['*'], /accounts '\*'|stands alone/],
    ['something', {}, /is empty; write '\*'/],
    ['a property of every object is no tag', { constructor: 'x' }, /no account has a tag "constructor"/],
  ]
  for (const [what, chosen, say] of cases) test(what, () => assert.match(faults([allow(chosen)]), say))

  test('one account, where two are called the same', () => {
    const same = { ...accounts, '666666666666': { name: 'shop' } }
    assert.match(
      faults([allow('shop')], same),
      /is the name of 111111111111 and of 666666666666; write the id/,
    )
    assert.equal(faults([allow('111111111111')], same), '')
  })

  test('an account that is called like the id of another is not chosen by it', () => {
    const sly = { ...accounts, '666666666666': { name: '777777777777' } }
    assert.match(faults([allow('777777777777')], sly), /no account is called/)
  })

  test('any account at all', () => {
    assert.match(faults([allow('*')], {}), /there are none: name them in accounts/)
  })
})

test('an account’s name is text that people see, and cannot turn what stands beside it round', () => {
  for (const name of ['shop\u202e', 'sh\u200bop', 'shop\n', '\u2028', ' '])
    assert.equal(accountOptions.safeParse({ '111111111111': { name } }).success, false, JSON.stringify(name))
  assert.ok(accountOptions.safeParse({ '111111111111': { name: 'Geschäft (東京) 2' } }).success)
})

test('a grant names one role by its ARN or roles in accounts; each half missing is said', () => {
  const grant = (grant: object) => faults([{ id: 'a', match, grant }])
  assert.match(grant({}), /^0\.grant\.role is missing \(or accounts and roles/)
  assert.match(grant({ accounts: '*' }), /grant\.roles is missing/)
  assert.match(grant({ roles: 'Admin' }), /grant\.accounts is missing/)
  assert.match(
    grant({ role: 'arn:aws:iam::111111111111:role/A', roles: 'B' }),
    /grant\.roles stands beside role/,
  )
  assert.match(grant({ accounts: '*', roles: 'Adm*' }), /takes no wildcard/)
  assert.match(grant({ accounts: '*', roles: 'arn:aws:iam::111111111111:role/A' }), /is an ARN/)
  assert.match(grant({ accounts: '*', roles: ['A', 'b c'] }), /grant\.roles\.1 is no role’s name/)
  assert.match(grant({ accounts: '*', roles: '/audit/ReadOnly' }), /grant\.roles\.0 begins with \//)
  assert.match(grant({ accounts: '*', roles: '${rloe}' }), /unknown variable \$\{rloe\}/)
  assert.match(grant({ accounts: '*', roles: 'AWSReservedSSO_Admin_0123456789abcdef' }), /role of AWS itself/)
  assert.match(
    grant({ accounts: '*', roles: 'A', policyArns: ['arn:aws:iam::111111111111:policy/P'] }),
    /of account 111111111111, but the rule leads into 222222222222 too/,
  )
  assert.match(
    grant({ accounts: '*', roles: Array.from({ length: 2001 }, (_, n) => `R${n}`) }),
    /5 × 2001 roles, and a rule may lead to 10000/,
  )
  const federated = { via: 'get-federation-token', account: '111111111111', name: 'Reports', policy: {} }
  assert.match(grant({ ...federated, accounts: '*' }), /Unrecognized key: "accounts"/)
})

describe('a condition on the tag of an account', () => {
  const condition = { StringEquals: { 'bridge:AccountTag/env': ['dev', 'staging'] } }

  test('looks at a tag that some account has', () => {
    const rule = { ...allow('*'), condition: { StringNotEquals: { 'bridge:AccountTag/envv': 'prod' } } }
    assert.match(
      faults([rule]),
      /^rules\.0\.condition\.StringNotEquals\.bridge:AccountTag\/envv no account has a tag "envv"; did you mean "env"\?$/,
    )
    assert.equal(faults([{ ...allow('*'), condition }]), '')
  })

  test('is judged for each role, by the account it is in', () => {
    assert.deepEqual(given([{ ...allow('*'), condition }]), ['shop-dev:Admin', 'shop-staging:Admin'])
    const template = { ...byArn, condition }
    const arn = ['333333333333', '999999999999'].map((id) => `arn:aws:iam::${id}:role/A`)
    assert.deepEqual(given([template], person({ arn })), ['shop-dev:A'])
  })

  test('finds no tag where the account has none', () => {
    const rule = { ...allow('*'), condition: { Null: { 'bridge:AccountTag/env': true } } }
    assert.deepEqual(given([rule]), ['attic:Admin'])
  })

  test('stands beside conditions that look at the request alone', () => {
    const both = { ...condition, IpAddress: { 'bridge:SourceIp': '10.0.0.0/8' } }
    assert.equal(given([{ ...allow('*'), condition: both }]).length, 2)
    const elsewhere = { ...monday, sourceIp: '192.0.2.1' }
    assert.deepEqual(given([{ ...allow('*'), condition: both }], ops, elsewhere), [])
  })

  test('leaves a role to a later rule where it fails, also to one with the same match and roles', () => {
    const rules = [
      { ...allow('*', { duration: '15m' }), condition },
      { ...allow('*', { duration: '45m' }), id: 'later' },
    ]
    const { entitlements } = evaluate(policyOf(rules, { accounts }), ops, monday)
    assert.deepEqual(
      entitlements.map(({ account, duration }) => `${account.name} ${duration}`),
      ['attic 2700', 'bank 2700', 'shop 2700', 'shop-dev 900', 'shop-staging 900'],
    )
  })

  test('denies where it holds', () => {
    const deny = { id: 'no', effect: 'deny', match, roles: '*', condition }
    assert.deepEqual(given([allow('*'), deny]), ['attic:Admin', 'bank:Admin', 'shop:Admin'])
  })

  test('is explained by the account of the role that was asked for', () => {
    const { trace } = evaluate(policyOf([{ ...allow('*'), condition }], { accounts }), ops, monday)
    assert.match(
      explain(trace, { roleArn: 'arn:aws:iam::111111111111:role/Admin' }).summary,
      /right now\. Only with the account’s tag env dev or staging; it is prod\./,
    )
    const told = explain(trace).steps.filter(({ outcome }) => outcome === 'condition_failed')
    assert.deepEqual(
      told.map(({ say }) => say.replace(/^.*right now\. /, '')),
      [
        'Only with the account’s tag env dev or staging; it is prod.',
        'Only with the account’s tag env dev or staging; it is nothing.',
      ],
    )
  })

  test('shows no role as locked that nothing the person does would open', () => {
    const locked = (around: typeof monday, more: object = {}) => {
      const rule = { ...allow('*'), condition: { ...condition, ...more } }
      return evaluate(policyOf([rule], { accounts }), ops, around).locked()
    }
    assert.deepEqual(locked(monday), [])
    const office = { IpAddress: { 'bridge:SourceIp': '10.0.0.0/8' } }
    assert.deepEqual(
      locked({ ...monday, sourceIp: '192.0.2.1' }, office).map(({ entitlement }) => entitlement.account.name),
      ['shop-dev', 'shop-staging'],
    )
  })

  test('of a denial is explained only where it holds', () => {
    const deny = { id: 'no', effect: 'deny', match, roles: '*', condition }
    const { trace } = evaluate(policyOf([deny], { accounts }), ops, monday)
    const say = (id: string) =>
      explain(trace, { roleArn: `arn:aws:iam::${id}:role/Admin`, full: true }).steps.map((step) => step.say)
    assert.deepEqual(say('111111111111'), ['Rule "no" applies to you, but denies other roles.'])
    assert.match(say('333333333333').join(), /denies you/)
  })
})

test('only rules that may lead to a role are told to whoever asks for it', () => {
  const rules = [
    allow({ env: 'prod' }),
    { ...allow({ env: 'dev' }), id: 'dev' },
    { ...allow({ env: 'prod' }, { roles: 'x/${user}' }), id: 'own' },
  ]
  const { trace } = evaluate(policyOf(rules, { accounts }), person({}), monday)
  const told = (arn: string) => explain(trace, { roleArn: arn, full: true }).steps.map(({ rule }) => rule)
  assert.deepEqual(told('arn:aws:iam::111111111111:role/Admin'), ['ops'])
  assert.deepEqual(told('arn:aws:iam::333333333333:role/Admin'), ['dev'])
  assert.deepEqual(told('arn:aws:iam::111111111111:role/x/alice'), ['own'])
  assert.deepEqual(told('arn:aws:iam::999999999999:role/Admin'), [])
})

test('more roles than a rule may lead to are cut, and the trace says so', () => {
  const rule = {
    id: 'wide',
    match: { groups: '^(?<role>r\\d+)$' },
    grant: { accounts: '*', roles: '${role}' },
  }
  const who = person({ groups: Array.from({ length: 2500 }, (_, n) => `r${n}`) })
  const { entitlements, trace } = evaluate(policyOf([rule], { accounts }), who, monday)
  assert.equal(entitlements.length, 10_000)
  assert.equal(trace.steps.filter(({ outcome }) => outcome === 'cut').length, 1)
})

test('rules are put into words, with the number of accounts', () => {
  const { sentences } = describePolicy(
    {
      rules: ruleList.parse([
        allow({ env: ['prod', 'staging'] }, { roles: ['Admin', 'audit/ReadOnly'] }),
        { ...allow({ ou: '/workloads', not: { env: 'dev' } }), id: 'b' },
        { ...allow(['shop', 'bank']), id: 'c' },
        { ...allow('*'), id: 'd' },
        { id: 'e', effect: 'deny', match, accounts: { not: 'attic' }, roles: '*' },
      ]),
      accounts: accountOptions.parse(accounts),
    },
    { providers: [], attributes: new Set(['groups']) },
  )
  assert.deepEqual(
    sentences.slice(0, 5).map((say) => say.replace(/^.*\$ may /, '')),
    [
      'take Admin or audit/ReadOnly in 3 accounts with env prod or staging for 1h.',
      'take Admin in 2 accounts with ou /workloads, except those with env dev for 1h.',
      'take Admin in shop and bank for 1h.',
      'take Admin in all 5 accounts for 1h.',
      'never take any role in all accounts, except attic.',
    ],
  )
})

test('tags of accounts are bounded and can be seen', () => {
  const tags = (tags: object) => accountOptions.safeParse({ '111111111111': { name: 'a', tags } })
  assert.ok(tags({ 'Cost Centre': 'R&D / Süd' }).success)
  for (const bad of [
    { not: 'x' },
    { '': 'x' },
    { a: '' },
    { a: 'x\u202ey' },
    { 'a\n': 'x' },
    { ['k'.repeat(129)]: 'x' },
    { a: 'v'.repeat(257) },
    Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`k${n}`, 'v'])),
  ])
    assert.ok(!tags(bad).success, JSON.stringify(bad).slice(0, 60))
})

test('300 accounts, five roles and five groups are five rules, and each person gets theirs everywhere', () => {
  const names = ['Admin', 'Developer', 'ReadOnly', 'Billing', 'Audit']
  const many = Object.fromEntries(
    Array.from({ length: 300 }, (_, n) => [
      String(100_000_000_000 + n),
      { name: `account-${n}`, tags: { env: n % 3 === 0 ? 'prod' : 'dev' } },
    ]),
  )
  const rules = names.map((name) => ({
    id: name,
    match: { groups: `^${name}$` },
    grant: { accounts: '*', roles: [name] },
  }))
  assert.ok(JSON.stringify(rules).length < 600)
  const policy = policyOf(rules, { accounts: many })
  for (const name of names) {
    const { entitlements } = evaluate(policy, person({ groups: [name] }), monday)
    assert.equal(entitlements.length, 300)
    assert.ok(entitlements.every(({ roleName }) => roleName === name))
  }
  assert.equal(evaluate(policy, person({ groups: names }), monday).entitlements.length, 1500)
  assert.equal(evaluate(policy, person({ groups: ['other'] }), monday).entitlements.length, 0)
})
