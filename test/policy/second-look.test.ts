import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describePolicy } from '../../src/policy/index.ts'
import { admin, ruleList } from './fixtures.ts'

const one = { providers: ['okta'], attributes: new Set(['groups', 'type']) }
const two = { ...one, providers: ['okta', 'adfs'] }

const allow = { id: 'a', match: { groups: '^x$' }, grant: { role: admin } }
const first = { ...allow, id: 'first', match: { groups: '^first$' } }
const deny = { id: 'd', effect: 'deny', match: { groups: '^[Xx]$' }, roles: '*' }

/** `path message` of each warning; the first rule is one that nothing is to be said about. */
function warnings(rules: readonly object[], origins = one): readonly string[] {
  const found = describePolicy({ rules: ruleList.parse([first, ...rules]) }, origins).warnings
  return found.map(({ path, message }) => `${path.join('.')} ${message}`)
}
const warned = (rule: object, pattern: RegExp, origins = one) =>
  assert.match(warnings([rule], origins).join('\n'), pattern)
const quiet = (rule: object, origins = one) => assert.deepEqual(warnings([rule], origins), [])

test('warns of a deny rule that looks at exact spelling', () => {
  warned(
    { ...deny, match: { type: '^contractor$' } },
    /^rules\.1\.match\.type denies by exact spelling only; write \(\?i\)\^contractor\$$/,
  )
  warned({ ...deny, match: { user: '@partner\\.example$' } }, /exact spelling/)
  for (const type of ['(?i)^contractor$', '^\\d+$', '^[Cc]$', '^(?P<name>\\w+)$', '^\\p{Lu}$', '.*'])
    quiet({ ...deny, match: { type } })
  quiet({ ...allow, id: 'b', match: { type: '^contractor$' } })
})

test('warns of a deny rule on an attribute that no identity provider maps', () => {
  warned(
    { ...deny, match: { employeeType: '^1$' } },
    /^rules\.1\.match\.employeeType no identity provider has employeeType .*never denies$/,
  )
  quiet({ ...deny, match: { 'https://corp.example/type': '^1$', user: '^1$' } })
  const condition = { StringEqualsIgnoreCase: { 'saml:employeeType': 'x' } }
  warned({ ...deny, condition }, /condition\.StringEqualsIgnoreCase\.saml:employeeType .*never denies$/)
  quiet({ ...deny, condition: { StringEqualsIgnoreCase: { 'saml:type': 'x' } } })
})

test('warns of a condition that always holds because nobody maps its attribute', () => {
  const condition = (operator: string, key = 'saml:employeeType') => ({
    ...allow,
    id: 'b',
    condition: { [operator]: { [key]: '1' } },
  })
  warned(condition('StringNotEquals'), /this always holds$/)
  warned(condition('StringEqualsIfExists'), /this always holds$/)
  warned(condition('ForAllValues:StringEquals'), /this always holds$/)
  quiet(condition('StringEquals'))
  quiet(condition('ForAnyValue:StringEqualsIfExists'))
})

test('warns of conditions by exact spelling where another spelling gets through', () => {
  const condition = (operator: string) => ({ [operator]: { 'saml:type': 'Contractor' } })
  warned({ ...deny, condition: condition('StringEquals') }, /write StringEqualsIgnoreCase$/)
  warned({ ...deny, condition: condition('ForAnyValue:StringLike') }, /\(\?i\)$/)
  warned({ ...allow, id: 'b', condition: condition('StringNotEquals') }, /write StringNotEqualsIgnoreCase$/m)
  quiet({ ...deny, condition: condition('StringNotEquals') })
  quiet({ ...allow, id: 'b', condition: condition('StringEquals') })
})

test('warns of values that cost people their role, and says how to make them fit', () => {
  const grant = (terms: object) => ({ ...allow, id: 'b', grant: { role: admin, ...terms } })
  warned(
    grant({ sourceIdentity: '${user}' }),
    /^rules\.1\.grant\.sourceIdentity .*CORP\\alice.*write \$\{user\|safe\}$/,
  )
  warned(
    grant({ tags: { Team: 'x ${attribute.department}' } }),
    /grant\.tags\.Team .*R&D.*\$\{attribute\.department\|safe\}$/,
  )
  quiet(
    grant({ sourceIdentity: '${user|safe}', tags: { Team: '${attribute.department|safe}', Idp: '${idp}' } }),
  )
})

test('warns when people of two providers could be one person at AWS', () => {
  const grant = { role: admin, sessionName: '${user}@${idp}', sourceIdentity: '${user|safe}@${idp}' }
  const rules = (rule: object) => ruleList.parse([rule])
  const found = (rule: object, origins = two) =>
    describePolicy({ rules: rules(rule) }, origins).warnings.map(({ message }) => message)
  assert.deepEqual(found({ ...allow, grant }), [])
  assert.deepEqual(found(allow, one), [])
  const shared = { ...allow, grant: { role: admin, sourceIdentity: '${user|safe}' } }
  const [session, source, ...more] = found(shared)
  assert.deepEqual(more, [])
  assert.match(
    session ?? '',
    /^people of okta and adfs who are called the same get one sessionName at AWS \(a\); write sessionName: '\$\{user\}@\$\{idp\}'/,
  )
  assert.match(source ?? '', /one sourceIdentity at AWS \(a\).*\$\{user\|safe\}@\$\{idp\}/)
  const condition = { StringEquals: { 'bridge:IdentityProvider': 'okta' } }
  assert.deepEqual(found({ ...shared, condition }), [])
  const both = { StringEquals: { 'bridge:IdentityProvider': ['okta', 'adfs'] } }
  assert.equal(found({ ...shared, condition: both }).length, 2)
})

test('leaves nothing out for whoever has to approve it', () => {
  const policyArns = Array.from({ length: 9 }, (_, n) => `arn:aws:iam::aws:policy/P${n}`)
  const groups = Array.from({ length: 12 }, (_, n) => `^g${n}$`)
  const roles = Array.from({ length: 7 }, (_, n) => `arn:aws:iam::11112222333${n}:role/*`)
  const rules = [
    { ...allow, match: { groups }, grant: { role: admin, policyArns } },
    { ...deny, roles },
  ]
  const { sentences } = describePolicy({ rules: ruleList.parse(rules) }, one)
  for (const each of [...policyArns, ...groups, ...roles])
    assert.ok(
      sentences.some((sentence) => sentence.includes(each)),
      each,
    )
})

test('warns of a variable whose attribute nobody maps', () => {
  const condition = { StringEquals: { 'saml:type': '${attribute.team}' } }
  warned({ ...allow, id: 'b', condition }, /no identity provider has team .*, this never holds$/)
  warned({ ...deny, condition }, /no identity provider has team .*, this denies everybody\n/)
})
