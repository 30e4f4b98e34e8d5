import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountOptions, reachOfRules } from '../../src/policy/index.ts'
import { ruleList } from './fixtures.ts'

const accounts = accountOptions.parse({
  '111122223333': { name: 'prod', tags: { env: 'prod' } },
  '444455556666': { name: 'dev', tags: { env: 'dev' } },
})
const aws = { partition: 'aws', region: 'eu-west-1', federation: 'reissue' } as const

/** What is known of the one rule's roles. */
function reach(match: object, grant: object) {
  const [found] = reachOfRules({
    rules: ruleList.parse([{ id: 'one', match, grant }]),
    accounts,
    aws,
  })
  assert.ok(found)
  return found
}
const arn = (account: string, name: string) => `arn:aws:iam::${account}:role/${name}`

test('a rule that names its roles can be listed', () => {
  const { roles, complete } = reach({ groups: '^a$' }, { accounts: '*', roles: ['Admin', 'audit/Reader'] })
  assert.deepEqual(roles, [
    arn('111122223333', 'Admin'),
    arn('111122223333', 'audit/Reader'),
    arn('444455556666', 'Admin'),
    arn('444455556666', 'audit/Reader'),
  ])
  assert.ok(complete)
})

test('so can one whose pattern holds the names, in the accounts of the configuration', () => {
  const { roles, complete } = reach(
    { groups: '^aws-(?<account>\\d{12})-(?<role>Admin|Read\\.Only)$' },
    { role: 'arn:aws:iam::${account}:role/${role}' },
  )
  assert.deepEqual(roles, [
    arn('111122223333', 'Admin'),
    arn('111122223333', 'Read.Only'),
    arn('444455556666', 'Admin'),
    arn('444455556666', 'Read.Only'),
  ])
  assert.ok(complete)
})

test('names that people bring cannot be listed, and are still told from those that nobody can bring', () => {
  const { roles, complete, leadsTo } = reach(
    { groups: '^aws-(?<account>\\d{12})-(?<role>team-[a-z]+)$' },
    { role: 'arn:aws:iam::${account}:role/${role}' },
  )
  assert.deepEqual([roles, complete], [[], false])
  assert.deepEqual(leadsTo(arn('111122223333', 'team-a')), { account: '111122223333', role: 'team-a' })
  assert.equal(leadsTo(arn('111122223333', 'Admin')), undefined)
  assert.equal(leadsTo(arn('111122223333', 'team-a/Admin')), undefined)
  assert.equal(leadsTo('arn:aws-cn:iam::111122223333:role/team-a'), undefined)
  assert.equal(reach({ arn: '^(?<arn>.+)$' }, { role: '${arn}' }).leadsTo(arn('1', 'x')), undefined)
})

test('one value in two places is the same value', () => {
  const { leadsTo } = reach({ groups: '^(?<t>[a-z]+)$' }, { role: arn('111122223333', '${t}/${t}') })
  assert.deepEqual(leadsTo(arn('111122223333', 'a/a')), { t: 'a' })
  assert.equal(leadsTo(arn('111122223333', 'a/b')), undefined)
})

test('a pattern that cannot be taken apart counts as any text', () => {
  for (const pattern of ['(?i:x)-(?<r>[a-z]+)', '\\Qx\\E-(?<r>a)', 'x-(?<r>^a$)', 'x-(?<r>[)]\\b)'])
    assert.ok(
      reach({ groups: pattern }, { role: arn('111122223333', '${r}') }).leadsTo(arn('111122223333', 'ANY')),
    )
  const ignoring = reach({ groups: '(?i)^x-(?<r>admin|[()]z)$' }, { role: arn('111122223333', '${r}') })
  assert.ok(ignoring.leadsTo(arn('111122223333', 'ADMIN')))
  assert.equal(ignoring.leadsTo(arn('111122223333', 'other')), undefined)
})

test('roles of AWS’s own are nobody’s', () => {
  const { leadsTo } = reach({ groups: '^(?<r>.+)$' }, { role: arn('111122223333', '${r}') })
  assert.equal(leadsTo(arn('111122223333', 'AWSReservedSSO_Admin')), undefined)
})
