import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { reviewedRules, withinReach } from '../../src/policy/index.ts'
import { looksAdministrative, wideRules } from '../../src/policy/review/wide-rules.ts'
import { monday, person, policyOf, ruleList } from './fixtures.ts'

const arn = (name: string) => `arn:aws:iam::111122223333:role/${name}`
const rules = [
  { id: 'plain', match: { groups: '^staff$' }, grant: { role: arn('Plain') } },
  {
    id: 'strong',
    match: { groups: '^staff$' },
    grant: { role: arn('Strong') },
    condition: { Bool: { 'bridge:MultiFactorAuthPresent': 'true' } },
  },
  {
    id: 'asked',
    match: { groups: '^staff$' },
    grant: { role: arn('Asked'), maxDuration: '2h' },
    request: { approvers: { groups: '^leads$' } },
  },
  { id: 'others', match: { groups: '^others$' }, grant: { role: arn('Others') } },
]
const reach = () => withinReach(policyOf(rules), person({ groups: ['staff'] }), monday)

describe('what is within somebody’s reach', () => {
  test('is what is open, what others may allow, and what only a condition keeps shut', () => {
    const { grants } = reach()
    assert.deepEqual(
      grants.map(({ roleName, how, asked }) => [roleName, how, asked]),
      [
        ['Plain', 'open', false],
        ['Asked', 'on_request', true],
        ['Strong', 'locked', false],
      ],
    )
    assert.match(grants.find(({ how }) => how === 'locked')?.why.join() ?? '', /second factor/)
    assert.equal(grants.find(({ asked }) => asked)?.maxDuration, 7200)
  })

  test('comes with every rule that matches, whether it opens something or not', () => {
    assert.deepEqual(reach().matched, ['plain', 'strong', 'asked'])
  })
})

describe('rules that somebody should look at', () => {
  const found = (...written: object[]) =>
    wideRules(ruleList.parse(written.map((one, index) => ({ id: `r${index}`, ...one })))).map(
      ({ code }) => code,
    )
  const plain = { role: arn('Plain') }

  test('are those whose match takes any word, whatever the pattern looks like', () => {
    for (const source of ['.*', '^.+$', '^[a-z]+$', '(?i)\\w', 'q|.'])
      assert.deepEqual(found({ match: { groups: source }, grant: plain }), ['wide_match'], source)
    for (const source of ['^staff$', '^(?:dev|ops)$', '@corp\\.example$', '^\\d{6}$', '^aws-.+$'])
      assert.deepEqual(found({ match: { groups: source }, grant: plain }), [], source)
    assert.deepEqual(found({ match: { user: '.*', groups: '^staff$' }, grant: plain }), [])
    assert.deepEqual(found({ match: { groups: ['^staff$', '.*'] }, grant: plain }), ['wide_match'])
  })

  test('are those that lead into all accounts', () => {
    const grant = { accounts: '*', roles: ['Plain'] }
    assert.deepEqual(found({ match: { groups: '^a$' }, grant }), ['wide_accounts'])
    assert.deepEqual(found({ match: { groups: '^a$' }, grant: { ...grant, accounts: { env: 'dev' } } }), [])
  })

  test('are administrators’ roles without a condition, and those that stay for long', () => {
    const grant = { role: arn('Admin') }
    const match = { groups: '^a$' }
    assert.deepEqual(found({ match, grant }), ['standing_administrator'])
    assert.deepEqual(found({ match, grant: { ...grant, maxDuration: '4h' } }), ['standing_administrator'])
    const condition = { Bool: { 'bridge:MultiFactorAuthPresent': 'true' } }
    assert.deepEqual(found({ match, grant, condition }), [])
    assert.deepEqual(found({ match, grant, request: { approvers: { groups: '^leads$' } } }), [])
    assert.deepEqual(found({ match, grant: { ...grant, maxDuration: '8h' }, condition }), [
      'long_administrator',
    ])
  })

  test('an administrator’s role is known by its name', () => {
    for (const name of [
      'Admin',
      'AdministratorAccess',
      'db-admin',
      'PowerUser',
      'OrganizationAccountAccessRole',
    ])
      assert.equal(looksAdministrative(name), true, name)
    for (const name of ['ReadOnly', 'AdminReadOnly', 'view-only-admin', 'Developer', 'SecurityAudit'])
      assert.equal(looksAdministrative(name), false, name)
  })

  test('each rule is said in words, and told from another version of itself', () => {
    const config = (duration: string) => ({
      rules: ruleList.parse([{ ...rules[0], grant: { role: arn('Plain'), maxDuration: duration } }]),
      accounts: {},
      aws: { partition: 'aws', region: 'eu-west-1', federation: 'reissue' as const },
    })
    const [[before], [after]] = [
      [...reviewedRules(config('2h')).values()],
      [...reviewedRules(config('3h')).values()],
    ]
    assert.match(before?.say ?? '', /^plain: people with groups matching \^staff\$ may take/)
    assert.notEqual(before?.text, after?.text)
  })
})
