import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evaluate } from '../../src/policy/index.ts'
import { admin, monday, person, policyOf, roles, ruleList } from './fixtures.ts'

const hub = 'arn:aws:iam::444455556666:role/Hub'
const chain = (grant: object) => ({
  id: 'chain',
  match: { groups: '^team-(?<team>.+)$' },
  grant: { via: 'assume-role', role: admin, ...grant },
})
const given = (
  grant: object,
  groups = ['team-dev'],
  federation?: 'passthrough',
  offered?: readonly string[],
) =>
  evaluate(policyOf([chain(grant)], federation ? { federation } : {}), person({ groups }), {
    ...monday,
    ...(offered && {
      offered: offered.map((roleArn) => ({
        roleArn,
        providerArn: `arn:aws:iam::${roleArn.split(':')[4]}:saml-provider/x`,
      })),
    }),
  }).entitlements

test('a role behind another is entered by it, with the provider of its account', () => {
  const [one] = given({ through: hub })
  assert.equal(one?.roleArn, admin)
  assert.deepEqual(one?.own, { through: hub })
  assert.equal(one?.providerArn, 'arn:aws:iam::444455556666:saml-provider/rolebridge')
})

test('the role that is entered may be named by a value that brings no structure of its own', () => {
  const through = 'arn:aws:iam::444455556666:role/${team}'
  assert.equal(given({ through })[0]?.own.through, 'arn:aws:iam::444455556666:role/dev')
  assert.deepEqual(given({ through }, ['team-*/Hub']), [])
  assert.deepEqual(given({ through }, ['team-:/Hub']), [])
})

test('what is entered is a role of this partition, or nothing is given', () => {
  const through = 'arn:${attribute.partition}:iam::444455556666:role/${attribute.hub}'
  const by = (partition: string, name: string) =>
    roles(
      policyOf([chain({ through })]),
      person({ groups: ['team-dev'], partition: [partition], hub: [name] }),
    )
  assert.deepEqual(by('aws', 'Hub'), [admin])
  assert.deepEqual(by('aws-cn', 'Hub'), [])
  assert.deepEqual(by('aws', 'H'.repeat(65)), [])
})

test('a text of a way that misses a value gives nothing', () => {
  assert.deepEqual(given({ through: hub, externalId: '${attribute.badge}' }), [])
  assert.equal(given({ through: hub, externalId: 'x-${team}' })[0]?.own.externalId, 'x-dev')
})

test('in passthrough the identity provider vouches for the role that is entered', () => {
  assert.equal(given({ through: hub }, undefined, 'passthrough', [hub])[0]?.roleArn, admin)
  assert.deepEqual(given({ through: hub }, undefined, 'passthrough', [admin]), [])
})

test('a configuration names an entrance that is a role, and variables that exist', () => {
  const fault = (grant: object) =>
    ruleList
      .safeParse([chain(grant)])
      .error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`)
  assert.match(String(fault({ through: 'Hub' })), /^0\.grant\.through is no role ARN/)
  assert.match(
    String(fault({ through: hub, externalId: '${taem}' })),
    /^0\.grant\.externalId uses the unknown/,
  )
  assert.match(String(fault({ through: `${hub}-\${team|safe}` })), /takes no \|safe/)
})
