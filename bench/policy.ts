import assert from 'node:assert/strict'
import { z } from 'zod'
import type { Identity } from '../src/core/index.ts'
import { accountOptions, compilePolicy, createRuleOptions, evaluate, explain } from '../src/policy/index.ts'
import { grants } from '../src/sts/index.ts'
import { compare, report } from './measure.ts'

/**
 * What a decision costs: `npm run bench -- policy`. The measure is JSON.stringify of the roles that come out, which every
 * answer that lists them pays as well.
 */
export async function benchPolicy(): Promise<void> {
  const many = { accounts: Object.fromEntries(ids.map((id) => [id, { name: `account ${id}` }])) }
  const whole = { accounts: ids, roles: ['Admin', 'Read', 'Write', 'Bill', 'Audit'] }
  const match = { groups: '^staff$' }
  const tagged = { ...whole, tags: { Role: '${role}', Account: '${account}', Both: '${account}/${role}' } }
  await measure('5,000 roles of accounts and roles', policyOf([{ id: 'r', match, grant: whole }], many), 5000)
  await measure(
    'the same with tags that name the role',
    policyOf([{ id: 'r', match, grant: tagged }], many),
    5000,
  )
  const condition = { Bool: { 'bridge:MultiFactorAuthPresent': 'true' } }
  await measure(
    'the same, all locked',
    policyOf([{ id: 'r', match, condition, grant: whole }], many),
    5000,
    true,
  )
  await measureMany()
}

const teams = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    id: `rule-${n}`,
    match: { groups: `^team-${n}$` },
    grant: { role: `arn:aws:iam::111122223333:role/team-${n}` },
  }))

/** Somebody in 200 of so many teams. */
const inTeams = (count: number): Identity => ({
  ...alice,
  attributes: { groups: Array.from({ length: 200 }, (_, n) => `team-${Math.floor((n * count) / 200)}`) },
})

/** Many rules, of which few concern somebody: against each rule's expression held against each group. */
async function measureMany(): Promise<void> {
  const [few, many] = [500, 5000].map((count) => ({
    person: inTeams(count),
    policy: policyOf(teams(count), none),
  }))
  if (!few || !many) return
  const expressions = teams(5000).map(({ match, grant }) => ({
    expression: new RegExp(match.groups),
    role: grant.role,
  }))
  const groups = many.person.attributes.groups ?? []
  const naive = () =>
    expressions.filter(({ expression }) => groups.some((one) => expression.test(one))).map(({ role }) => role)
  const decide = ({ person, policy }: typeof few) => evaluate(policy, person, now).entitlements
  const found = decide(many).map(({ roleArn }) => roleArn)
  assert.deepEqual(found.toSorted(), naive().toSorted())
  assert.equal(decide(few).length, 200)
  const rates = await compare({ naive, many: () => decide(many), few: () => decide(few) })
  const [rate, ratio] = [rates.many?.perSecond ?? 0, rates.many?.ratio ?? 0]
  report('5,000 rules × 200 groups, to a loop over both', ratio, '≥ 4', rate)
  console.log(`  takes ${(1000 / rate).toFixed(1)} ms of CPU (target < 2)`)
  report('  ten times the rules cost', (rates.few?.perSecond ?? 0) / rate, '≤ 10')
  const written = teams(5000)
  const start = process.cpuUsage()
  policyOf(structuredClone(written), none)
  const { user, system } = process.cpuUsage(start)
  const spent = ((user + system) / 1000).toFixed(0)
  console.log(`  read and compiled again in ${spent} ms of CPU (target < 300)`)
}

const none = { accounts: {} }

const ids = Array.from({ length: 1000 }, (_, n) => String(100_000_000_000 + n))

const alice: Identity = {
  ...{ provider: 'idp', protocol: 'saml', issuer: 'https://idp.example', user: 'alice', nameId: 'alice' },
  attributes: { groups: ['staff', ...Array.from({ length: 200 }, (_, n) => `team-${n * 25}`)] },
  ...{ authnInstant: 0, mfa: false },
}
const now = { now: Date.UTC(2026, 0, 5), sourceIp: '192.0.2.1', userAgent: '', channel: 'portal' as const }

function policyOf(rules: readonly object[], { accounts }: { readonly accounts: object }) {
  return compilePolicy({
    rules: z.array(createRuleOptions(grants)).parse(rules),
    accounts: accountOptions.parse(accounts),
    aws: {
      ...{ partition: 'aws', region: 'eu-west-1', federation: 'reissue' as const },
      provider: 'arn:aws:iam::${account}:saml-provider/rolebridge',
    },
  })
}

async function measure(what: string, policy: ReturnType<typeof policyOf>, count: number, locked = false) {
  const decide = () => {
    const evaluation = evaluate(policy, alice, now)
    return locked ? evaluation.locked().map(({ entitlement }) => entitlement) : evaluation.entitlements
  }
  const roles = decide()
  if (roles.length !== count) throw new Error(`${what}: ${roles.length} roles`)
  const { trace } = evaluate(policy, alice, now)
  const of = roles[0]?.roleArn
  const rates = await compare({
    json: () => JSON.stringify(roles),
    decide,
    ...(of !== undefined && { explain: () => explain(trace, { roleArn: of }) }),
  })
  report(what, rates.decide?.ratio ?? 0, '≥ 0.5 of JSON.stringify', rates.decide?.perSecond)
  if (rates.explain)
    report(
      '  and why of one of them',
      rates.explain.ratio,
      '≥ 10, rules of thousands aside',
      rates.explain.perSecond,
    )
}
