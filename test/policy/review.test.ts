import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { reviewedRules, withinReach } from '../../src/policy/index.ts'
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
  const plain = { role: arn('Plain') }
  const mfa = { Bool: { 'bridge:MultiFactorAuthPresent': 'true' } }
  const look = (written: object, { named, reached = [] }: { named?: string[]; reached?: string[] } = {}) => {
    const config = {
      rules: ruleList.parse([{ id: 'r', match: { groups: '^a$' }, ...written }]),
      accounts: {},
      aws: { partition: 'aws', region: 'eu-west-1', federation: 'reissue' as const },
      review: { administratorRoles: named },
    }
    return reviewedRules(config).get('r')?.wide({ reached, now: monday.now }) ?? []
  }
  const found = (written: object, more: Parameters<typeof look>[1] = {}) =>
    look(written, more).map(({ code }) => code)

  test('are those whose match takes values that have nothing in common, however it is written', () => {
    for (const source of [
      ...['.*', '^.+$', '^[a-z]+$', '(?i)\\w', 'q|.', '.{5,}', '^.{20,}$', '^[^@]+$', '^[a-m]', '^\\d+$'],
      ...['^\\S+@\\S+$', '.+@.+', '@', '(?i)^[\\w.]+@[\\w.-]+\\.[a-z]{2,}$', '^\\w+\\\\\\w+$'],
      ...['^CN=.+$', '(?i)^cn=[^,]+,ou=', '^S-1-5-21-', '^[0-9a-f-]{36}$', '^https://', '^urn:', ' '],
      ...['^repo:.+$', '^repo:[^/]+/.*:ref:refs/heads/', '^system:serviceaccount:', '^spiffe://'],
    ])
      assert.deepEqual(found({ match: { groups: source }, grant: plain }), ['wide_match'], source)
    for (const source of [
      ...['^staff$', '^(?:dev|ops)$', '@corp\\.example$', '^\\d{6}$', '^aws-.+$', 'admins', '^[Aa]dmin'],
      ...['^CN=aws-[^,]+,', '^CN=.+,OU=Groups,DC=corp,DC=example$', '^CORP\\\\\\w+$', '^repo:corp/.+$'],
      ...['^https://corp\\.example/', '^system:serviceaccount:ci:'],
    ])
      assert.deepEqual(found({ match: { groups: source }, grant: plain }), [], source)
    assert.deepEqual(found({ match: { user: '.*', groups: '^staff$' }, grant: plain }), [])
    assert.deepEqual(found({ match: { groups: ['^staff$', '.*'] }, grant: plain }), ['wide_match'])
    const halves = { match: { groups: ['^[a-f]', '^[g-l]', '^[m-z]'] }, grant: plain }
    assert.deepEqual(found(halves), ['wide_match'], 'together they take everybody')
  })

  test('are those that lead into all accounts', () => {
    const grant = { accounts: '*', roles: ['Plain'] }
    assert.deepEqual(found({ grant }), ['wide_accounts'])
    assert.deepEqual(found({ grant: { ...grant, accounts: { env: 'dev' } } }), [])
  })

  test('are administrators’ roles without a condition, and those that stay for long', () => {
    const grant = { role: arn('Admin') }
    assert.deepEqual(found({ grant }), ['standing_administrator'])
    assert.deepEqual(found({ grant: { ...grant, maxDuration: '4h' } }), ['standing_administrator'])
    assert.deepEqual(found({ grant, condition: mfa }), [])
    assert.deepEqual(found({ grant, request: { approvers: { groups: '^leads$' } } }), [])
    assert.deepEqual(found({ grant: { ...grant, maxDuration: '8h' }, condition: mfa }), [
      'long_administrator',
    ])
  })

  test('a condition that keeps nobody out is none', () => {
    const grant = { role: arn('Admin') }
    for (const condition of [
      { IpAddress: { 'bridge:SourceIp': '0.0.0.0/0' } },
      { IpAddress: { 'bridge:SourceIp': ['0.0.0.0/0', '::/0'] } },
      { IpAddress: { 'bridge:SourceIp': ['0.0.0.0/1', '128.0.0.0/1'] } },
      { IpAddress: { 'bridge:SourceIp': '::/0' } },
      { TimeWithin: { 'bridge:LocalTime': 'Mon-Sun 00:00-24:00' } },
      { TimeWithin: { 'bridge:LocalTime': ['00:00-12:00', '12:00-24:00'] } },
      { StringEquals: { 'bridge:Weekday': ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] } },
      { DateGreaterThan: { 'bridge:CurrentTime': '2020-01-01T00:00:00Z' } },
      { DateLessThan: { 'bridge:CurrentTime': '2099-01-01T00:00:00Z' } },
      { Bool: { 'bridge:MultiFactorAuthPresent': ['true', 'false'] } },
      { StringLike: { 'saml:department': '*' } },
      { StringNotEquals: { 'bridge:Agent': 'robot' } },
      {
        StringEquals: {
          'bridge:Channel': ['portal', 'tile', 'cli', 'api', 'aws-sso', 'console', 'workload'],
        },
      },
    ])
      assert.deepEqual(found({ grant, condition }), ['standing_administrator'], JSON.stringify(condition))
    for (const condition of [
      { IpAddress: { 'bridge:SourceIp': '10.0.0.0/8' } },
      { IpAddress: { 'bridge:SourceIp': ['0.0.0.0/1', '128.0.0.0/2'] } },
      { NotIpAddress: { 'bridge:SourceIp': '10.0.0.0/8' } },
      { TimeWithin: { 'bridge:LocalTime': 'Mon-Sun 00:00-23:59' } },
      { StringEquals: { 'bridge:Weekday': ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] } },
      { DateLessThan: { 'bridge:CurrentTime': '2026-03-01T00:00:00Z' } },
      { NumericLessThan: { 'bridge:AuthnAge': '3600' } },
      { StringEquals: { 'saml:department': 'sre' } },
      { StringEquals: { 'bridge:Channel': 'portal' } },
      { StringLike: { 'bridge:Reason': 'INC-*' } },
      { ...mfa, IpAddress: { 'bridge:SourceIp': '0.0.0.0/0' } },
    ])
      assert.deepEqual(found({ grant, condition }), [], JSON.stringify(condition))
  })

  test('an administrator’s role is one that the configuration names as such', () => {
    const named = ['Deploy*', 'arn:aws:iam::111122223333:role/team/Root']
    const code = (name: string) => found({ grant: { role: arn(name) } }, { named })
    assert.deepEqual(code('DeployProd'), ['standing_administrator'])
    assert.deepEqual(code('team/DeployProd'), ['standing_administrator'])
    assert.deepEqual(code('team/Root'), ['standing_administrator'])
    assert.deepEqual(code('other/Root'), [])
    assert.deepEqual(code('Admin'), [], 'the guess is for those who name none')
    const withPath = (name: string) => found({ grant: { role: arn(name) } }, { named: ['ops/*/Boss'] })
    assert.deepEqual(withPath('ops/eu/Boss'), ['standing_administrator'])
    assert.deepEqual(withPath('Boss'), [])
    const [{ say } = { say: '' }] = look({ grant: { role: arn('DeployProd') } }, { named })
    assert.match(say, /DeployProd, which review\.administratorRoles names/)
  })

  test('without any named it is a guess by whole words, and says so', () => {
    const code = (name: string) => found({ grant: { role: arn(name) } }).length
    for (const name of [
      ...[
        'Admin',
        'AdministratorAccess',
        'db-admin',
        'dbadmin',
        'PowerUser',
        'AWSAdminAccess',
        'power-users',
      ],
      ...[
        'OrganizationAccountAccessRole',
        'AWSControlTowerExecution',
        'BreakGlass',
        'AuditAdmin',
        'team/Root',
      ],
      'S3FullAccess',
    ])
      assert.equal(code(name), 1, name)
    for (const name of [
      ...['ReadOnly', 'AdminReadOnly', 'view-only-admin', 'Developer', 'SecurityAudit', 'Badminton'],
      ...['ProductOwner', 'Rooting', 'SquareRoots', 'Downpower'],
    ])
      assert.equal(code(name), 0, name)
    assert.match(look({ grant: { role: arn('Admin') } })[0]?.say ?? '', /by its name .*administratorRoles/)
  })

  test('a role that the rule does not name itself is found by the people who come to it', () => {
    const grant = { role: 'arn:aws:iam::111122223333:role/${role}' }
    const match = { groups: '^aws-(?<role>w+)$' }
    assert.deepEqual(found({ match, grant }), [])
    assert.deepEqual(found({ match, grant }, { reached: [arn('Read'), arn('Admin')] }), [
      'standing_administrator',
    ])
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
