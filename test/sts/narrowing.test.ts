import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Perimeter, Refusal } from '../../src/core/index.ts'
import { permits } from '../../src/demo/sts/iam/permissions.ts'
import { parsePolicy } from '../../src/sts/narrowing/narrow.ts'
import { type Means, planNarrowing } from '../../src/sts/narrowing/plan.ts'
import { sessionPolicy, writePolicy } from '../../src/sts/narrowing/session-policy.ts'
import { askFor } from './ask.ts'
import { type Document, isAllowed, type Request, type Statement } from './iam-semantics.ts'

const reach = { everything: true, ipv6: false }
const means: Means = { least: 900, reach, canScope: true }
const here = '192.0.2.7'

const readOnlyAccess = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
const powerUser = 'arn:aws:iam::aws:policy/PowerUserAccess'
/** As IAM holds them, shortened. */
const managed: Readonly<Record<string, Document>> = {
  [readOnlyAccess]: {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Action: ['s3:Get*', 's3:List*', 'ec2:Describe*', 'iam:Get*'],
      Resource: '*',
    },
  },
  [powerUser]: {
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', NotAction: ['iam:*'], Resource: '*' },
  },
}

const actions = [
  's3:GetObject',
  's3:PutObject',
  's3:ListBucket',
  'ec2:DescribeHosts',
  'ec2:StopHosts',
  'iam:GetRole',
]
const actionPatterns = ['*', 's3:*', 's3:Get*', 'S3:?etobject', 'ec2:*', 'ec2:Describe*', 'iam:*', ...actions]
const resources = [
  '*',
  'arn:aws:s3:::demo',
  'arn:aws:s3:::demo/a',
  'arn:aws:s3:::other/b',
  'arn:aws:ec2:x:1:host/h',
]
const resourcePatterns = [
  ...['*', 'arn:aws:s3:::demo', 'arn:aws:s3:::demo/*', 'arn:aws:s3:::*', 'arn:aws:s3:::d?mo*'],
  ...['arn:aws:ec2:*:*:host/*', 'arn:aws:s3:::${aws:PrincipalTag/Team}/*'],
]
const conditions: readonly NonNullable<Statement['Condition']>[] = [
  { StringEquals: { 'aws:PrincipalTag/Team': ['demo', 'x'] } },
  { StringNotEqualsIfExists: { 'aws:PrincipalTag/Team': 'demo' } },
  { StringNotLike: { 'aws:PrincipalTag/Team': 'd*' } },
  { IpAddress: { 'aws:SourceIp': ['192.0.2.0/24', '203.0.113.9/32'] } },
  { NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' }, Bool: { 'aws:ViaAWSService': false } },
  { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] } },
  { 'ForAnyValue:StringLike': { 'aws:TagKeys': ['a*'] } },
  { Null: { 'aws:PrincipalTag/Team': true } },
  { NumericLessThan: { 's3:max-keys': 10 } },
]

const some = (items: readonly string[]) =>
  fc.oneof(
    fc.constantFrom(...items),
    fc.uniqueArray(fc.constantFrom(...items), { minLength: 1, maxLength: 3 }),
  )

/** Mostly what a wish looks like; one in three statements is as odd as the grammar lets it be. */
const statement: fc.Arbitrary<Statement> = fc
  .record({
    Effect: fc.constantFrom('Allow', 'Allow', 'Deny'),
    negated: fc.constantFrom('', '', '', 'action', 'resource'),
    action: some(actionPatterns),
    resource: some(resourcePatterns),
    Condition: fc.option(fc.constantFrom(...conditions), { freq: 3, nil: undefined }),
  })
  .map(({ Effect, negated, action, resource, Condition }) => ({
    Effect: Effect as Statement['Effect'],
    ...(negated === 'action' ? { NotAction: action } : { Action: action }),
    ...(negated === 'resource' ? { NotResource: resource } : { Resource: resource }),
    ...(Condition && { Condition }),
  }))

const plain: fc.Arbitrary<Statement> = fc.record({
  Effect: fc.constant('Allow' as const),
  Action: some(actionPatterns),
  Resource: fc.constantFrom('*', 'arn:aws:s3:::demo/*', 'arn:aws:s3:::*'),
})

const document: fc.Arbitrary<Document> = fc
  .record({
    Version: fc.constantFrom('2012-10-17', '2012-10-17', '2012-10-17', '2008-10-17', undefined),
    Statement: fc.oneof(plain, fc.array(fc.oneof(plain, statement), { minLength: 1, maxLength: 4 })),
  })
  .map(({ Version, Statement }) => ({ ...(Version && { Version }), Statement }))

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })

/** Keys that a request does not have are not in its context. */
function present(context: Readonly<Record<string, string | readonly string[] | undefined>>) {
  const found = Object.entries(context).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value }],
  )
  return Object.fromEntries(found.map(({ key, value }) => [key, value]))
}

const request: fc.Arbitrary<Request> = fc
  .record({
    action: fc.constantFrom(...actions),
    resource: fc.constantFrom(...resources),
    context: fc.record({
      'aws:SourceIp': maybe(fc.constantFrom(here, '192.0.2.8', '203.0.113.9', '198.51.100.1')),
      'aws:ViaAWSService': fc.constantFrom(undefined, 'true', 'false', 'false'),
      'aws:PrincipalTag/Team': fc.constantFrom(undefined, 'demo', 'other'),
      'aws:TagKeys': fc.constantFrom(undefined, ['a'], ['a', 'c'], ['b', 'ab']),
      'aws:VpcSourceIp': fc.constantFrom(undefined, '10.1.2.3', '192.168.1.1'),
      'aws:SourceVpce': fc.constantFrom(undefined, 'vpce-1', 'vpce-2'),
      'aws:CurrentTime': fc.constantFrom(
        '2026-07-27T15:59:59Z',
        '2026-07-27T16:00:00Z',
        '2026-07-27T17:00:00Z',
        undefined,
      ),
      's3:max-keys': fc.constantFrom(undefined, '5', '50'),
    }),
  })
  .map(({ context, ...rest }) => ({ ...rest, context: present(context) }))

const perimeters: readonly Perimeter[] = [
  { networks: [`${here}/32`], vpcNetworks: [], endpoints: [] },
  { networks: [`${here}/32`, '203.0.113.0/24'], vpcNetworks: [], endpoints: ['vpce-1'] },
  { networks: [], vpcNetworks: ['10.0.0.0/8'], endpoints: ['vpce-1'] },
  {
    networks: ['203.0.113.0/24'],
    vpcNetworks: ['10.0.0.0/8', '172.16.0.0/12'],
    endpoints: ['vpce-1', 'vpce-2'],
  },
]

/** Said by hand, not by a policy. */
function isInside({ networks, vpcNetworks, endpoints }: Perimeter, { context }: Request): boolean {
  const [ip = '', inner = '', endpoint = ''] = ['aws:SourceIp', 'aws:VpcSourceIp', 'aws:SourceVpce'].map(
    (key) => String(context[key] ?? ''),
  )
  const from = networks.some(
    (one) => one === `${ip}/32` || (one === '203.0.113.0/24' && ip.startsWith('203.0.113.')),
  )
  const within = vpcNetworks.length === 0 || (vpcNetworks.includes('10.0.0.0/8') && inner.startsWith('10.'))
  return from || (endpoints.includes(endpoint) && within) || context['aws:ViaAWSService'] === 'true'
}

const scenario = fc.record({
  role: maybe(document),
  rule: maybe(document),
  policyArns: fc.constantFrom<readonly string[]>(
    [],
    [],
    [readOnlyAccess],
    [powerUser],
    [readOnlyAccess, powerUser],
  ),
  wish: maybe(document),
  readOnly: fc.boolean(),
  pinToSourceIp: fc.boolean(),
  pinTo: maybe(fc.constantFrom(...perimeters)),
  endsAt: fc.constantFrom(undefined, undefined, Date.parse('2026-07-27T16:00:00Z')),
  duration: fc.constantFrom(60, 3600),
  requests: fc.array(request, { minLength: 6, maxLength: 12 }),
})

type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never

const everything: Document = { Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }

/** What the rule, the wish, read-only and the pin allow, each judged by itself. */
function allAllow(
  { role, rule, policyArns, wish, readOnly, pinToSourceIp, pinTo, endsAt }: Scenario,
  request: Request,
): boolean {
  const terms = [...(rule ? [rule] : []), ...policyArns.map((arn) => managed[arn] ?? everything)]
  const parts: readonly (readonly Document[])[] = [
    [role ?? everything],
    ...(terms.length > 0 ? [terms] : []),
    ...(wish ? [[wish]] : []),
    ...(readOnly ? [[managed[readOnlyAccess] ?? everything]] : []),
  ]
  const { context } = request
  const pinHolds = context['aws:SourceIp'] === here || context['aws:ViaAWSService'] === 'true'
  const time = context['aws:CurrentTime']
  if (pinTo && !isInside(pinTo, request)) return false
  if (endsAt !== undefined && (time === undefined || Date.parse(String(time)) >= endsAt)) return false
  return (!pinToSourceIp || pinHolds) && parts.every((part) => isAllowed([part], request))
}

/** The policies that bound the session which a plan ends in, each kind for itself. */
function bounds(given: Scenario, by: Means): readonly (readonly Document[])[] {
  const { role, rule, policyArns, wish, readOnly, pinToSourceIp, pinTo, endsAt, duration } = given
  const terms = {
    policyArns,
    pinToSourceIp,
    ...(pinTo && { pinTo }),
    ...(rule && { policy: JSON.stringify(rule) }),
  }
  const ask = askFor(terms, {
    duration,
    endsAt,
    sourceIp: here,
    ...(wish && { policy: JSON.stringify(wish) }),
  })
  const { first, scopes } = planNarrowing(ask, { readOnly }, by)
  assert.ok(first.duration >= by.least && first.duration >= duration)
  assert.equal(scopes.at(-1)?.duration, duration < by.least ? duration : undefined)
  assert.ok(scopes.filter(({ policy }) => policy !== undefined).length <= 3, 'more layers than AWS takes')
  const inline = sessionPolicy(first, reach)
  const session = [
    ...(inline === undefined ? [] : [JSON.parse(inline) as Document]),
    ...first.entitlement.policyArns.map((arn) => managed[arn] ?? everything),
  ]
  const laid = scopes.flatMap(({ policy }) =>
    policy === undefined ? [] : [[JSON.parse(writePolicy(parsePolicy(policy), ask)) as Document]],
  )
  return [[role ?? everything], ...(session.length > 0 ? [session] : []), ...laid]
}

/** What the plan's session may do, or undefined where the narrowing was refused. */
function planned(given: Scenario, by = means) {
  try {
    return bounds(given, by)
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error))
    return undefined
  }
}

/** As the local STS decides it. */
const locally = (kinds: readonly (readonly Document[])[], { action, resource, context: facts }: Request) =>
  permits(
    kinds.map((kind) => kind.map((one) => JSON.stringify(one))),
    { action, resource, facts },
  )

const hasVariable = (kinds: unknown) => JSON.stringify(kinds).includes('${')

test('a narrowed session may do exactly what rule, wish, read-only and pin all allow', () => {
  const seen = { allowed: 0, denied: 0, refused: 0, scoped: 0 }
  const holds = fc.property(scenario, (given) => {
    const kinds = planned(given)
    const united = given.readOnly && given.policyArns.includes(powerUser)
    assert.equal(kinds === undefined, united, 'refused for no reason, or not refused')
    if (kinds === undefined) return void seen.refused++
    if (kinds.length > 2) seen.scoped++
    for (const request of given.requests) {
      const expected = allAllow(given, request)
      seen[expected ? 'allowed' : 'denied']++
      assert.equal(isAllowed(kinds, request), expected, JSON.stringify({ kinds, request }))
      if (!hasVariable(kinds)) assert.equal(locally(kinds, request), expected, 'the local STS disagrees')
      // What it does not understand it denies.
      else if (locally(kinds, request)) assert.ok(expected, 'the local STS allows what IAM denies')
    }
  })
  fc.assert(holds, { numRuns: 4000 })
  for (const [what, count] of Object.entries(seen)) assert.ok(count > 200, `${what}: ${count}`)
})

test('without GetScopedCredentials a narrowing is exact all the same, or refused', () => {
  const seen = { exact: 0, refused: 0 }
  const holds = fc.property(scenario, (given) => {
    const kinds = planned(given, { ...means, canScope: false })
    if (kinds === undefined) return void seen.refused++
    seen.exact++
    for (const request of given.requests)
      assert.equal(isAllowed(kinds, request), allAllow(given, request), JSON.stringify({ kinds, request }))
  })
  fc.assert(holds, { numRuns: 2000 })
  for (const [what, count] of Object.entries(seen)) assert.ok(count > 200, `${what}: ${count}`)
})

test('a wish that is too long beside the rule’s policy is laid over it', () => {
  const long = (name: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: `arn:aws:s3:::${name.repeat(1500)}` }],
    })
  const ask = askFor({ policy: long('r') }, { policy: long('w') })
  const { first, scopes } = planNarrowing(ask, {}, means)
  assert.equal(first.policy, undefined)
  assert.equal(scopes.length, 1)
  assert.throws(() => planNarrowing(askFor({}, { policy: long('ww') }), {}, means), {
    code: 'invalid_request',
    detail: /characters; STS takes 2048/,
  })
})

test('what an agent must have read-only is not entitled where it cannot be', () => {
  const ask = askFor({ policyArns: [powerUser], readOnly: true })
  assert.throws(() => planNarrowing(ask, { readOnly: true }, means), {
    code: 'not_entitled',
    say: /An AI agent may take this role read-only, and Admin cannot be made read-only/,
  })
})
