import assert from 'node:assert/strict'
import { test } from 'node:test'
import { driftOf, type Finding, planOf, readHeld, trustOf } from '../../src/iac/index.ts'
import { arn, configOf, dev, everyKind, prod } from './plan.ts'

const now = Date.parse('2026-01-31T00:00:00Z')
const provider = (account: string) => `arn:aws:iam::${account}:saml-provider/rolebridge`
const signer = (...names: string[]) => ({
  entityId: 'https://aws.corp.example/aws/metadata.xml',
  certificates: names.map((subject) => ({ subject, fingerprint: `${subject}:00` })),
})

interface Role {
  Arn: string
  AssumeRolePolicyDocument: { Statement: Statement[] } | string
  MaxSessionDuration: number
}
interface Statement {
  Principal: unknown
  Action: string[]
  Condition?: Record<string, Record<string, unknown>>
}

/** IAM as the templates would make it, with changes. */
function world(change: (roles: Map<string, Role>) => void = () => {}) {
  const roles = planOf(configOf(everyKind), { roles: [] }).roles.map((role): Role => {
    const text = JSON.stringify(trustOf(role)).replace('{"subjectsFor":"nightly"}', '["repo:corp/n:*"]')
    return {
      Arn: role.arn,
      AssumeRolePolicyDocument: JSON.parse(text),
      MaxSessionDuration: role.maxDuration,
    }
  })
  const byArn = new Map(roles.map((role) => [role.Arn, role]))
  change(byArn)
  return { Roles: [...byArn.values()] }
}

const providers = {
  SAMLProviderList: [prod, dev].map((account) => ({
    Arn: provider(account),
    ValidUntil: '2100-01-01T00:00:00Z',
  })),
}

function drift(files: Readonly<Record<string, unknown>>, read = () => signer('now', 'next')) {
  const texts = Object.entries(files).map(([name, content]) => ({
    name,
    text: typeof content === 'string' ? content : JSON.stringify(content),
  }))
  return driftOf(configOf(everyKind), readHeld(texts), { ours: signer('now', 'next'), read, now })
}
const changed = (of: string, change: (role: Role, statement: Statement) => void) =>
  world((roles) => {
    const role = roles.get(of)
    assert.ok(role && typeof role.AssumeRolePolicyDocument === 'object')
    const [statement] = role.AssumeRolePolicyDocument.Statement
    assert.ok(statement)
    change(role, statement)
  })
const said = ({ findings }: { findings: readonly Finding[] }) =>
  findings.map(({ code, about, say }) => `${code} ${about.split(':').slice(4).join(':')} ${say}`)

test('what the templates make is what the rules need', () => {
  const { 'issuers.json': issuers } = issuerFiles([github(dev)], [])
  const files = { 'roles.json': world(), 'providers.json': providers, 'issuers.json': issuers }
  const { findings, notes } = drift(files)
  assert.deepEqual(findings, [])
  assert.deepEqual(notes, [
    `${arn(dev, 'Nightly')} takes tokens of token.actions.githubusercontent.com for repo:corp/n:*, and whether the rules mean these they do not say; look at it yourself.`,
  ])
})

const cases: readonly [
  what: string,
  of: string,
  change: (role: Role, one: Statement) => void,
  say: RegExp,
][] = [
  [
    'a role that is open to everybody',
    arn(prod, 'Admin'),
    (_, one) => Object.assign(one, { Principal: '*' }),
    /^trust-too-wide .*opens to everybody/,
  ],
  [
    'one that everybody in AWS may take',
    arn(prod, 'Admin'),
    (_, one) => Object.assign(one, { Principal: { AWS: ['*'], Federated: provider(prod) } }),
    /^trust-too-wide .*opens to everybody/,
  ],
  [
    'a missing SAML:aud',
    arn(prod, 'Admin'),
    (_, one) => delete one.Condition?.StringEquals?.['SAML:aud'],
    /^trust-too-wide .*asks for no SAML:aud/,
  ],
  [
    'a SAML:aud that anything meets',
    arn(prod, 'Admin'),
    (_, one) => {
      delete one.Condition?.StringEquals?.['SAML:aud']
      Object.assign(one.Condition?.StringLike ?? {}, { 'saml:AUD': 'https://*' })
    },
    /^trust-too-wide .*asks for no SAML:aud/,
  ],
  [
    'a second audience',
    arn(dev, 'audit/Reader'),
    (_, one) =>
      Object.assign(one.Condition?.StringEquals ?? {}, {
        'SAML:aud': ['https://signin.aws.amazon.com/saml', 'https://other.example'],
      }),
    /^trust-too-wide .*takes assertions for https:\/\/other\.example as well/,
  ],
  [
    'another provider',
    arn(prod, 'Admin'),
    (_, one) => Object.assign(one, { Principal: { Federated: [provider(prod), `${provider(prod)}-old`] } }),
    /^trust-too-wide .*opens to .*rolebridge-old as well/,
  ],
  [
    'a chain without its external id',
    arn(dev, 'Release'),
    (_, one) => delete one.Condition?.StringEquals,
    /^trust-too-wide .*asks .*role\/Middle for no sts:ExternalId/,
  ],
  [
    'a chain that a whole account may take',
    arn(dev, 'Release'),
    (_, one) => Object.assign(one, { Principal: { AWS: `arn:aws:iam::${dev}:root` } }),
    /^trust-too-wide .*opens to .*:root as well/,
  ],
  [
    'tokens of any subject',
    arn(dev, 'Deploy'),
    (_, one) => delete one.Condition?.StringLike,
    /^trust-too-wide .*takes tokens of token\.actions\.githubusercontent\.com with any sub/,
  ],
  ...(
    [
      ['StringNotEquals', 'https://bad.example'],
      ['StringLike', '*'.repeat(30)],
      ['StringLike', '${saml:aud}'],
      ['stringlike', 'https://*'],
      ['Null', 'false'],
      ['ArnLike', '*'],
    ] as const
  ).map(([operator, value]): (typeof cases)[number] => [
    `a statement beside a sound one, whose SAML:aud is bounded by ${operator} ${value.slice(0, 20)} alone`,
    arn(prod, 'Admin'),
    (role, one) => {
      const { 'SAML:aud': _, ...rest } = one.Condition?.StringEquals ?? {}
      const Condition = { ...one.Condition, StringEquals: rest, [operator]: { 'SAML:aud': value } }
      ;(role.AssumeRolePolicyDocument as { Statement: Statement[] }).Statement.push({ ...one, Condition })
    },
    /^trust-too-wide .*(?:asks for no SAML:aud|\$\{saml:aud\} as well)/,
  ]),
  ...(
    [
      ['ForAllValues:StringEquals', ['https://signin.aws.amazon.com/saml', 'https://other.example']],
      ['StringEqualsIfExists', ['https://other.example', 'https://signin.aws.amazon.com/saml']],
      ['stringequalsignorecase', ['https://signin.aws.amazon.com/saml', 'https://other.example']],
    ] as const
  ).map(([operator, value]): (typeof cases)[number] => [
    `a second audience by ${operator}`,
    arn(dev, 'audit/Reader'),
    (_, one) => Object.assign(one, { Condition: { [operator]: { 'SAML:aud': value } } }),
    /^trust-too-wide .*takes assertions for https:\/\/other\.example as well/,
  ]),
  [
    'everybody but a few, and what else is allowed than a few things',
    arn(prod, 'Admin'),
    (role) =>
      Object.assign(role, {
        AssumeRolePolicyDocument: {
          Statement: {
            Effect: 'Allow',
            NotPrincipal: { AWS: `arn:aws:iam::${dev}:root` },
            NotAction: 'sts:TagSession',
          },
        },
      }),
    /^trust-too-wide .*opens to everybody but a few/,
  ],
  [
    'everything but one action, to somebody else',
    arn(prod, 'Admin'),
    (_, one) => {
      const { Action: _taken, ...rest } = one
      Object.assign(one, rest, {
        NotAction: 'iam:*',
        Principal: { Federated: [provider(prod), `${provider(prod)}-old`] },
      })
      Reflect.deleteProperty(one, 'Action')
    },
    /^trust-too-wide .*opens to .*rolebridge-old as well/,
  ],
  [
    'a wide statement beside one that nobody can judge',
    arn(prod, 'Admin'),
    (role, one) =>
      Object.assign(role, {
        AssumeRolePolicyDocument: { Statement: [{ Effect: 'Perhaps' }, { ...one, Principal: '*' }] },
      }),
    /^trust-too-wide .*opens to everybody/,
  ],
  [
    'a chain that takes any external id',
    arn(dev, 'Release'),
    (_, one) => {
      delete one.Condition?.StringEquals?.['sts:ExternalId']
      Object.assign(one.Condition ?? {}, { StringLike: { 'sts:ExternalId': '*' } })
    },
    /^trust-too-wide .*asks .*role\/Middle for no sts:ExternalId/,
  ],
  [
    'a chain that may leave its external id out',
    arn(dev, 'Release'),
    (_, one) => {
      delete one.Condition?.StringEquals?.['sts:ExternalId']
      Object.assign(one.Condition ?? {}, { StringEqualsIfExists: { 'sts:ExternalId': `corp-${dev}` } })
    },
    /^trust-too-wide .*asks .*role\/Middle for no sts:ExternalId/,
  ],
  [
    'a chain that takes a second external id',
    arn(dev, 'Release'),
    (_, one) =>
      Object.assign(one.Condition?.StringEquals ?? {}, { 'sts:ExternalId': [`corp-${dev}`, 'other'] }),
    /^trust-too-wide .*takes other as well \(sts:ExternalId\)/,
  ],
  ...['repo:*', 'repo:corp*', 'repo:corp/*', 'repo:corp/app*', 'repo:?orp/app:*'].map(
    (sub): (typeof cases)[number] => [
      `tokens of more than the rule’s repository, as ${sub}`,
      arn(dev, 'Deploy'),
      (_, one) =>
        Object.assign(one.Condition ?? {}, {
          StringLike: { 'token.actions.githubusercontent.com:SUB': ['repo:corp/app:*', sub] },
        }),
      /^trust-too-wide .*takes tokens of token\.actions\.githubusercontent\.com for repo:.* as well \(sub\)/,
    ],
  ),
  [
    'tokens of any repository, where no rule says which',
    arn(dev, 'Nightly'),
    (_, one) =>
      Object.assign(one.Condition ?? {}, {
        StringLike: { 'token.actions.githubusercontent.com:sub': 'repo:corp*' },
      }),
    /^trust-too-wide .*takes tokens of .* for repo:corp\*: whoever has an account there/,
  ],
  [
    'tokens for somebody else',
    arn(dev, 'Deploy'),
    (_, one) =>
      Object.assign(one.Condition?.StringEquals ?? {}, {
        'token.actions.githubusercontent.com:aud': ['sts.amazonaws.com', 'https://other.example'],
      }),
    /^trust-too-wide .*for https:\/\/other\.example as well \(aud\)/,
  ],
  [
    'a denial of everybody but somebody else',
    arn(dev, 'audit/Reader'),
    (role, one) =>
      Object.assign(role, {
        AssumeRolePolicyDocument: {
          Statement: [one, { Effect: 'Deny', NotPrincipal: { AWS: dev }, Action: 'sts:*' }],
        },
      }),
    /^trust-too-narrow .*denies sts:AssumeRoleWithSAML/,
  ],
  [
    'a role that no provider opens',
    arn(dev, 'audit/Reader'),
    (_, one) => Object.assign(one, { Action: ['sts:TagSession'] }),
    /^trust-too-narrow .*does not let .*rolebridge take it/,
  ],
  [
    'tags that STS would refuse',
    arn(prod, 'Admin'),
    (_, one) => Object.assign(one, { Action: ['sts:AssumeRoleWithSAML', 'sts:SetSourceIdentity'] }),
    /^trust-too-narrow .*does not allow sts:TagSession/,
  ],
  [
    'a source identity that STS would refuse',
    arn(prod, 'Admin'),
    (_, one) => Object.assign(one, { Action: ['sts:AssumeRoleWithSAML', 'sts:TagSession'] }),
    /^trust-too-narrow .*does not allow sts:SetSourceIdentity/,
  ],
  [
    'an audience that the bridge does not send',
    arn(dev, 'audit/Reader'),
    (_, one) => Object.assign(one.Condition?.StringEquals ?? {}, { 'SAML:aud': 'https://old.example' }),
    /^trust-too-narrow .*asks for StringEquals SAML:aud/,
  ],
  [
    'a tag that the rule does not send',
    arn(dev, 'audit/Reader'),
    (_, one) => Object.assign(one.Condition ?? {}, { StringLike: { 'aws:RequestTag/X': '*' } }),
    /^trust-too-narrow .*asks for StringLike aws:RequestTag\/X/,
  ],
  [
    'a role that ends too early',
    arn(prod, 'Admin'),
    (role) => Object.assign(role, { MaxSessionDuration: 3600 }),
    /^duration-too-short .*lasts 1h at most, and rules give 8h/,
  ],
]
for (const [what, of, change, say] of cases)
  test(`notices ${what}`, () => {
    const found = said(drift({ 'roles.json': changed(of, change), 'providers.json': providers }))
    assert.ok(
      found.some((one) => say.test(one)),
      found.join('\n'),
    )
  })

test('notices roles that are missing, and roles that nobody reaches any more', () => {
  const files = world((roles) => {
    roles.delete(arn(dev, 'audit/Reader'))
    const admin = roles.get(arn(dev, 'Admin'))
    if (admin) roles.set('old', { ...admin, Arn: arn(dev, 'Old') })
  })
  const found = said(drift({ 'roles.json': files, 'providers.json': providers }))
  assert.deepEqual(found, [
    `role-unreached ${dev}:role/Old trusts the bridge’s provider, and no rule leads to it`,
    `role-missing ${dev}:role/audit/Reader is not in IAM, and rules lead to it (readers)`,
  ])
})

test('of a role that nobody reaches any more it is told as well how widely it trusts the bridge', () => {
  const about = (of: string, change: (one: Statement) => void) => {
    const files = world((roles) => {
      const old = structuredClone(roles.get(of))
      assert.ok(old && typeof old.AssumeRolePolicyDocument === 'object')
      const [statement] = old.AssumeRolePolicyDocument.Statement
      assert.ok(statement)
      change(statement)
      roles.set('old', { ...old, Arn: arn(dev, 'Old') })
    })
    return drift({ 'roles.json': files, 'providers.json': providers }).findings.map(
      ({ code, say }) => `${code} ${say}`,
    )
  }
  const admin = arn(dev, 'Admin')
  const unreached = 'role-unreached trusts the bridge’s provider, and no rule leads to it'
  assert.deepEqual(
    about(admin, (one) => delete one.Condition?.StringEquals?.['SAML:aud']),
    [unreached, 'trust-too-wide asks for no SAML:aud: an assertion for another recipient opens it'],
  )
  const aud = ['https://signin.aws.amazon.com/saml', 'https://other.example']
  assert.deepEqual(
    about(admin, (one) => Object.assign(one.Condition?.StringEquals ?? {}, { 'SAML:aud': aud })),
    [unreached, 'trust-too-wide takes assertions for https://other.example as well (SAML:aud)'],
  )
  const everybody = { AWS: '*', Federated: provider(dev) }
  assert.deepEqual(
    about(admin, (one) => Object.assign(one, { Principal: everybody })),
    [unreached, 'trust-too-wide opens to everybody (Principal *)'],
  )
  // Who else may take a role of which no rule speaks is not the bridge's to say.
  const others = { AWS: `arn:aws:iam::${dev}:root`, Federated: provider(dev) }
  assert.deepEqual(
    about(admin, (one) => Object.assign(one, { Principal: others })),
    [unreached],
  )
  const host = 'token.actions.githubusercontent.com'
  const tokens = `role-unreached trusts tokens of ${host}, and no rule leads to it`
  const deploy = arn(dev, 'Deploy')
  assert.deepEqual(
    about(deploy, (one) => delete one.Condition?.StringLike),
    [tokens, `trust-too-wide takes tokens of ${host} with any sub`],
  )
  assert.deepEqual(
    about(deploy, (one) => Object.assign(one.Condition?.StringLike ?? {}, { [`${host}:sub`]: 'repo:*' })),
    [
      tokens,
      `trust-too-wide takes tokens of ${host} for repo:*: whoever has an account there chooses how their own subjects go on`,
    ],
  )
})

test('nor does it say of whom tokens should be that open a role which no rule leads to', () => {
  const rules = everyKind.slice(everyKind.indexOf('  - id: deploy'), everyKind.indexOf('  - id: nightly'))
  const files = world((roles) => {
    const old = JSON.stringify(roles.get(arn(dev, 'Deploy'))).replace('repo:corp/app:', 'repo:corp/other:')
    roles.clear()
    roles.set('old', { ...JSON.parse(old), Arn: arn(dev, 'Old') })
  })
  const held = readHeld([{ name: 'roles.json', text: JSON.stringify(files) }])
  const { findings } = driftOf(configOf(rules), held, { read: () => signer('now'), now })
  assert.deepEqual(
    findings.filter(({ about }) => about === arn(dev, 'Old')).map(({ code }) => code),
    ['role-unreached'],
  )
})

test('a role that has nothing to do with the bridge is nobody’s concern', () => {
  const lambda = {
    Effect: 'Allow',
    Principal: { Service: 'lambda.amazonaws.com' },
    Action: 'sts:AssumeRole',
  }
  const files = world((roles) =>
    roles.set('x', {
      ...{ Arn: arn(prod, 'Job'), MaxSessionDuration: 3600 },
      AssumeRolePolicyDocument: JSON.stringify({ Statement: lambda }),
    }),
  )
  assert.deepEqual(drift({ 'roles.json': files, 'providers.json': providers }).findings, [])
})

test('what cannot be judged is told and is no difference', () => {
  const files = changed(arn(prod, 'Admin'), (_, one) =>
    Object.assign(one.Condition ?? {}, { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }),
  )
  const { findings, notes } = drift({ 'roles.json': files, 'providers.json': providers })
  assert.deepEqual(findings, [])
  assert.ok(notes.some((note) => note.includes('asks for IpAddress aws:SourceIp')))
})

test('a role that people’s groups may name is looked at, whoever it lets in and whatever it says', () => {
  const config = configOf(`
  - id: named
    match: { groups: '^aws-(?<account>\\d+)-(?<role>\\w+)$' }
    grant: { role: 'arn:aws:iam::\${account}:role/\${role}' }`)
  const role = (name: string, Statement: object) => ({
    Arn: arn(prod, name),
    AssumeRolePolicyDocument: { Statement },
  })
  const Roles = [
    role('Open', { Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRoleWithSAML' }),
    role('Odd', { Effect: 'Allow' }),
  ]
  const held = readHeld([{ name: 'roles.json', text: JSON.stringify({ Roles }) }])
  const { findings, notes } = driftOf(config, held, { read: () => signer('now'), now })
  assert.deepEqual(
    findings.filter(({ code }) => code === 'trust-too-wide').map(({ about }) => about),
    [arn(prod, 'Open')],
  )
  assert.ok(
    notes.some((note) => note.startsWith(`${arn(prod, 'Odd')} has a trust policy that cannot be judged`)),
  )
})

test('what narrows a role without shutting anybody out is no difference', () => {
  const ways: readonly ((one: Statement, role: Role) => void)[] = [
    (one) => Object.assign(one.Condition ?? {}, { StringLike: { 'SAML:aud': 'https://*' } }),
    (one, role) =>
      Object.assign(role, {
        AssumeRolePolicyDocument: {
          Statement: [one, { Effect: 'Deny', NotPrincipal: one.Principal, Action: '*' }],
        },
      }),
  ]
  for (const way of ways) {
    const files = changed(arn(dev, 'audit/Reader'), (role, one) => way(one, role))
    assert.deepEqual(said(drift({ 'roles.json': files, 'providers.json': providers })), [])
  }
})

test('a pattern that is made to take long takes no time', () => {
  const hard = `${'*?'.repeat(400)}X`
  const files = changed(arn(dev, 'audit/Reader'), (_, one) =>
    Object.assign(one, { Action: [...one.Action, hard], Condition: { StringLike: { 'SAML:aud': hard } } }),
  )
  assert.ok(drift({ 'roles.json': files, 'providers.json': providers }).findings.length > 0)
})

test('notices a provider that is missing, ends, or holds another key than the one that signs', () => {
  const ending = {
    SAMLProviderList: [
      { Arn: provider(prod), ValidUntil: '2026-02-10T00:00:00Z' },
      { Arn: `${provider(dev)}x` },
    ],
  }
  assert.deepEqual(said(drift({ 'roles.json': world(), 'providers.json': ending })), [
    `provider-ends ${prod}:saml-provider/rolebridge ends on 2026-02-10: load new metadata`,
    `provider-missing ${dev}:saml-provider/rolebridge is not in IAM, and roles trust it`,
  ])
  const files = { 'roles.json': world(), [`saml-${prod}.json`]: { SAMLMetadataDocument: '<x/>' } }
  assert.deepEqual(said(drift(files, () => signer('old', 'next'))), [
    `provider-old-key ${prod}:saml-provider/rolebridge still holds the certificate old, old:00…, which signs nothing any more`,
    `provider-other-key ${prod}:saml-provider/rolebridge does not hold the certificate that signs now (now, now:00…): STS refuses`,
  ])
  assert.deepEqual(said(drift(files, () => signer('now'))), [
    `provider-other-key ${prod}:saml-provider/rolebridge does not hold the certificate next, next:00…, which is announced beside`,
  ])
})

test('reads pages one behind the other, trust in the encoding of URLs, and answers of several commands', () => {
  const { Roles } = world()
  const pages = Roles.map((role) => {
    const AssumeRolePolicyDocument = encodeURIComponent(JSON.stringify(role.AssumeRolePolicyDocument))
    const { MaxSessionDuration: _, ...rest } = role
    return JSON.stringify({
      ...{ UserDetailList: [], IsTruncated: role !== Roles.at(-1) },
      RoleDetailList: [{ ...rest, AssumeRolePolicyDocument, RoleName: 'a "}{' }],
    })
  })
  const { findings, notes } = drift({ 'details.json': pages.join('\n') })
  assert.deepEqual(findings, [])
  assert.ok(notes.includes('Some files do not say MaxSessionDuration; aws iam list-roles does.'))
})

test('files that are something else, or not all of it, are clear faults', () => {
  const read = (name: string, text: string) => () => readHeld([{ name, text }])
  assert.throws(read('a.json', '{"Accounts": []}'), /^Error: a\.json: is nothing that aws iam get-account/)
  assert.throws(read('a.json', 'hello'), /^Error: a\.json: is no JSON/)
  assert.throws(read('a.json', ''), /^Error: a\.json: is empty/)
  assert.throws(read('a.json', '{"Roles":[{"Arn":"x"}]}'), /^Error: a\.json: Roles\.0\.Arn is no role ARN/)
  assert.throws(read('a.json', '{"Roles":[],"IsTruncated":true}'), /is not all of it \(IsTruncated\)/)
  assert.throws(
    read('a.json', '{"SAMLMetadataDocument":"<x/>"}'),
    /put the account’s id into the file’s name/,
  )
})

const github = (account: string) =>
  `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com`
const issuerFiles = (list: readonly string[], clientIds: readonly string[]) => ({
  'issuers.json': { OpenIDConnectProviderList: list.map((Arn) => ({ Arn })) },
  [`github-${dev}.json`]: {
    ...{ Url: 'token.actions.githubusercontent.com', ClientIDList: clientIds, ThumbprintList: [] },
  },
})

test('notices an OpenID Connect provider that is missing, or does not know whom its tokens are for', () => {
  const base = { 'roles.json': world(), 'providers.json': providers }
  assert.deepEqual(said(drift({ ...base, ...issuerFiles([github(dev)], ['sts.amazonaws.com']) })), [])
  const missing = issuerFiles([`arn:aws:iam::${dev}:oidc-provider/gitlab.com`], ['sts.amazonaws.com'])
  const findings = drift({ ...base, ...missing }).findings
  assert.deepEqual(
    findings.map(({ code, about }) => [code, about]),
    [['provider-missing', github(dev)]],
  )
  const other = drift({ ...base, ...issuerFiles([github(dev)], ['other']) }).findings
  assert.deepEqual(
    other.map(({ code, say }) => [code, say]),
    [
      [
        'provider-client-missing',
        'lacks the client id sts.amazonaws.com, for which its tokens are: STS refuses',
      ],
    ],
  )
  const notes = (files: Readonly<Record<string, unknown>>) => drift(files).notes.join()
  assert.match(notes(base), /list-open-id-connect-providers/)
  assert.doesNotMatch(notes({ ...base, ...issuerFiles([github(dev)], []) }), /list-open-id-connect-providers/)
})

test('notices a role that tokens of a workload open, and no rule leads to', () => {
  const files = world((roles) => {
    const deploy = roles.get(arn(dev, 'Deploy'))
    assert.ok(deploy)
    roles.set('old', { ...structuredClone(deploy), Arn: arn(dev, 'Old') })
  })
  assert.deepEqual(said(drift({ 'roles.json': files, 'providers.json': providers })), [
    `role-unreached ${dev}:role/Old trusts tokens of token.actions.githubusercontent.com, and no rule leads to it`,
  ])
})

test('trust in tokens is judged in all spellings of IAM', () => {
  const host = 'token.actions.githubusercontent.com'
  const [aud, sub] = [{ [`${host}:aud`]: 'sts.amazonaws.com' }, { [`${host}:sub`]: 'repo:corp/app:*' }]
  const upper = (keys: object) =>
    Object.fromEntries(Object.entries(keys).map(([key, value]) => [key.toUpperCase(), value]))
  const codes = (Condition: object | undefined, Principal: unknown = { Federated: [github(dev)] }) => {
    const files = changed(arn(dev, 'Deploy'), (_, one) =>
      Object.assign(one, { Condition, Principal, Action: 'sts:AssumeRoleWithWebIdentity' }),
    )
    return drift({ 'roles.json': files, 'providers.json': providers }).findings.map(({ code }) => code)
  }
  for (const sound of [
    { StringEquals: aud, StringLike: sub },
    { StringLike: { ...aud, ...sub } },
    { stringlike: { ...upper(aud), ...upper(sub) } },
    { 'ForAnyValue:StringEquals': { [`${host}:aud`]: ['sts.amazonaws.com'] }, StringLike: sub },
    { 'ForAnyValue:StringLike': { ...aud, ...sub } },
    { StringEquals: { ...aud, [`${host}:repository_owner_id`]: '1' }, StringLike: sub },
  ])
    assert.ok(!codes(sound).includes('trust-too-wide'), JSON.stringify(sound))
  for (const wide of [
    undefined,
    { StringEquals: aud },
    { StringLike: sub },
    { StringEquals: aud, StringLike: { [`${host}:sub`]: '*' } },
    { StringEquals: aud, StringLike: { [`${host}:sub`]: ['repo:corp/app:*', 'repo:*'] } },
    { 'ForAnyValue:StringLike': { ...aud, [`${host}:sub`]: 'repo:*' } },
    { StringEquals: aud, StringNotLike: sub },
    { StringEquals: aud, Null: { [`${host}:sub`]: 'false' } },
    { StringEquals: { [`${host}:aud`]: ['sts.amazonaws.com', 'other'] }, StringLike: sub },
    { StringEquals: aud, StringLike: { 'gitlab.com:sub': 'repo:corp/app:*' } },
  ])
    assert.ok(codes(wide).includes('trust-too-wide'), JSON.stringify(wide))
})
