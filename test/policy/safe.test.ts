import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { evaluate, explain } from '../../src/policy/index.ts'
import { admin, byGroupName, monday, person, policyOf, ruleList } from './fixtures.ts'

interface Terms {
  readonly sessionName?: string
  readonly sourceIdentity?: string
  readonly tags?: Readonly<Record<string, string>>
}

/** The entitlement that a rule with these terms gives somebody; undefined when it gives none. */
function given(terms: Terms, user: string, attributes: Record<string, string[]> = {}, provider = 'okta') {
  const rule = { id: 'r', match: { user: '(?s).*' }, grant: { role: admin, ...terms } }
  const { entitlements } = evaluate(policyOf([rule]), person(attributes, { user, provider }), monday)
  return entitlements[0]
}
const sessionName = (user: string, template?: string) =>
  given(template === undefined ? {} : { sessionName: template }, user)?.roleSessionName ?? ''
const sourceIdentity = (user: string, template = '${user|safe}') =>
  given({ sourceIdentity: template }, user)?.sourceIdentity ?? ''
const tag = (value: string, template = '${attribute.department|safe}') =>
  given({ tags: { Team: template } }, 'alice', { department: [value] })?.tags.Team

const name = /^[\w+=,.@-]{2,64}$/
const hashed = /-[0-9a-f]{20}$/

test('a role session name always fits AWS, and keeps people apart', () => {
  assert.equal(sessionName('alice@corp.example'), 'alice@corp.example')
  assert.match(sessionName('a'), /^a-[0-9a-f]{20}$/)
  assert.notEqual(sessionName('jo hn'), sessionName('jo#hn'))
  assert.notEqual(sessionName(`${'x'.repeat(70)}1`), sessionName(`${'x'.repeat(70)}2`))
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 90 }), (text) => {
      assert.match(sessionName(text), name)
      assert.match(sessionName(text, '${user}@${idp}'), name)
      assert.match(sourceIdentity(text), name)
      assert.equal(sessionName(text), sourceIdentity(text))
    }),
  )
})

test('the name of a federated user always fits its 32 characters, and keeps people apart', () => {
  const grant = {
    via: 'get-federation-token',
    account: '111122223333',
    name: 'Reports',
    policyArns: [readOnly],
  }
  const named = (user: string, sessionName: string) => {
    const rule = { id: 'r', match: { user: '(?s).*' }, grant: { ...grant, sessionName } }
    const { entitlements } = evaluate(policyOf([rule]), person({}, { user }), monday)
    assert.equal(entitlements[0]?.id, 'arn:aws:iam::111122223333:federated-user/Reports')
    return entitlements[0]?.roleSessionName ?? ''
  }
  assert.equal(named('alice@corp.example', '${user}'), 'alice@corp.example')
  const long = 'a-name-of-more-than-32-characters@corp.example'
  assert.match(named(long, '${user}'), /^a-name-of-m-[0-9a-f]{20}$/)
  for (const template of ['${user}', '${user}@${idp}', '${idp}-of-many-people-${user}'])
    assert.notEqual(named(`${long}1`, template), named(`${long}2`, template))
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 90 }), (text) => {
      assert.match(named(text, '${user}@${idp}'), /^[\w+=,.@-]{2,32}$/)
    }),
  )
})

test('a federated user of an account without a broker is explained, not offered', () => {
  const grant = {
    via: 'get-federation-token',
    account: '444455556666',
    name: 'Reports',
    policyArns: [readOnly],
  }
  const { entitlements, trace } = evaluate(
    policyOf([{ id: 'r', match: { user: '.*' }, grant }]),
    person({}, {}),
    monday,
  )
  assert.deepEqual(entitlements, [])
  assert.match(explain(trace).summary, /no IAM user of its account who could stand for you/)
})

const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess'

test('people whose names AWS does not take get their role by |safe', () => {
  for (const user of ['CORP\\alice', "o'brien@corp.example", 'x'.repeat(65), 'ü', 'a']) {
    assert.equal(sourceIdentity(user, '${user}'), '', `without |safe: ${user}`)
    assert.match(sourceIdentity(user), name, user)
    assert.match(sourceIdentity(user), hashed, user)
  }
  assert.match(sourceIdentity('CORP\\alice'), /^CORP-alice-[0-9a-f]{20}$/)
  assert.equal(sourceIdentity('alice@corp.example'), 'alice@corp.example')
})

test('tags by |safe keep what AWS takes in tags', () => {
  assert.equal(tag('R&D', '${attribute.department}'), undefined)
  assert.match(tag('R&D Süd') ?? '', /^R-D Süd-[0-9a-f]{20}$/)
  assert.equal(tag('Süd: a/b=c+d@e'), 'Süd: a/b=c+d@e')
  assert.equal(tag(''), '')
  assert.equal(tag('x'.repeat(300))?.length, 256)
  assert.match(tag('𠀋'.repeat(130)) ?? '', /^\p{L}+-[0-9a-f]{20}$/u)
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const value = tag(text, 'of ${attribute.department|safe}')
      assert.match(value ?? '<none>', /^of [\p{L}\p{Z}\p{N}_.:/=+\-@]{0,253}$/u)
    }),
  )
})

test('the hash is of the value, so that two who look the same after cleaning stay two', () => {
  assert.notEqual(tag('R&D'), tag('R#D'))
  assert.notEqual(sourceIdentity('CORP\\alice'), sourceIdentity('CORP/alice'))
})

test('nobody can choose a name that is the cleaned name of somebody else', () => {
  const cleaned = sourceIdentity('CORP\\alice')
  assert.notEqual(sourceIdentity(cleaned), cleaned)
  assert.notEqual(sessionName(cleaned), cleaned)
  const objectId = '123e4567-e89b-12d3-a456-426614174000'
  assert.equal(sessionName(objectId), objectId, 'a UUID ends like a short hash and is none')
  // Cleaned, this has the letters of a UUID; with a hash as long as a UUID's end it could be somebody's.
  const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
  assert.doesNotMatch(sessionName('123e4567 e89b-12d3-a456'), uuid)
  assert.doesNotMatch(sourceIdentity('123e4567\\e89b-12d3-a456'), uuid)
})

test('what stands around |safe stays, and only what is safe is shortened', () => {
  const long = `${'x'.repeat(80)}\\`
  assert.match(sourceIdentity(long, '${idp}.${user|safe}'), /^okta\.x{38}-[0-9a-f]{20}$/)
  assert.match(sourceIdentity('CORP\\al', '${user|safe}@${idp}'), /^CORP-al-[0-9a-f]{20}@okta$/)
  assert.equal(sourceIdentity('a b', '${user|safe}.${user}'), '', 'the other place does not fit')
  const two = sourceIdentity(long, '${user|safe}+${user|safe}')
  assert.match(two, name)
})

test('of what is shortened something readable is left, or there is no result', () => {
  const long = `${'x'.repeat(80)}\\`
  const behind = (literal: number) => sourceIdentity(long, `${'l'.repeat(literal)}${'${user|safe}'}`)
  assert.match(behind(42), /^l{42}x-[0-9a-f]{20}$/)
  assert.equal(behind(43), '')
})

test('${idp} tells people of two providers apart who have one name', () => {
  const at = (provider: string) =>
    given(
      { sessionName: '${user}@${idp}', sourceIdentity: '${user|safe}@${idp}', tags: { Idp: '${idp}' } },
      'alice',
      {},
      provider,
    )
  assert.equal(at('okta')?.roleSessionName, 'alice@okta')
  assert.equal(at('adfs')?.sourceIdentity, 'alice@adfs')
  assert.deepEqual(at('adfs')?.tags, { Idp: 'adfs' })
})

test('a value behind |safe that is absent still gives no role, and the explanation says why', () => {
  const rule = {
    id: 'r',
    match: { user: '.*' },
    grant: { role: admin, tags: { Team: '${attribute.x|safe}' } },
  }
  const { entitlements, trace } = evaluate(policyOf([rule]), person({}), monday)
  assert.deepEqual(entitlements, [])
  assert.match(explain(trace).summary, /you have no value for \$\{attribute\.x\}/)
})

test('a group of the pattern may be made safe too', () => {
  const rule = {
    id: 'r',
    match: { groups: '^team (?<team>.+)$' },
    grant: { role: admin, tags: { Team: '${team|safe}' } },
  }
  const who = person({ groups: ['team R&D', 'team Ops'] })
  const { entitlements } = evaluate(policyOf([rule]), who, monday)
  assert.match(entitlements[0]?.tags.Team ?? '', /^R-D-/)
})

const faults: [grant: Record<string, unknown>, message: RegExp][] = [
  [{ role: 'arn:aws:iam::111122223333:role/${user|safe}' }, /takes no \|safe/],
  [{ sourceIdentity: '${user|upper}' }, /has "\|upper" after a variable; all there is is \|safe/],
  [{ sourceIdentity: '${user|safe|safe}' }, /all there is is \|safe/],
  [{ sourceIdentity: '${usr|safe}' }, /unknown variable \$\{usr\}; did you mean/],
  [{ sourceIdentity: 'CORP\\${user|safe}' }, /must be 2 to 64/],
  [{ sessionName: 'x' }, /must be 2 to 64/],
  [{ sessionName: 'on call ${user}' }, /must be 2 to 64/],
  [{ tags: { Team: 'R&D ${user|safe}' } }, /is no session tag value/],
]
for (const [grant, message] of faults) {
  test(`refuses ${JSON.stringify(grant)}`, () => {
    const result = ruleList.safeParse([{ ...byGroupName, grant: { ...byGroupName.grant, ...grant } }])
    assert.match(result.error?.issues.map((issue) => issue.message).join('\n') ?? 'accepted', message)
  })
}

const texts = fc
  .array(
    fc.constantFrom('${account}', '${role}', '${role|safe}', '${user|safe}', '${attribute.x}', '${idp}', '-'),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => parts.join(''))
const optional = fc.option(texts, { nil: undefined })

test('what a rule says of many roles at once is what it says of each alone', () => {
  const [ids, names] = [
    ['111122223333', '444455556666'],
    ['Admin', 'Read.Only', `Long${'x'.repeat(50)}`],
  ]
  const terms = fc.record({
    sessionName: optional,
    sourceIdentity: optional,
    tags: fc.dictionary(fc.constantFrom('A', 'B'), texts),
  })
  fc.assert(
    fc.property(terms, fc.string({ maxLength: 6 }), ({ sessionName, sourceIdentity, tags }, x) => {
      const said = { tags, ...(sessionName && { sessionName }), ...(sourceIdentity && { sourceIdentity }) }
      const ruleOf = (grant: object) => ({ id: 'r', match: { user: '.*' }, grant: { ...grant, ...said } })
      fc.pre(ruleList.safeParse([ruleOf({ role: admin })]).success)
      const give = (grant: object) =>
        evaluate(policyOf([ruleOf(grant)]), person(x === '' ? {} : { x: [x] }), monday).entitlements
      const alone = ids.flatMap((id) =>
        names.flatMap((role) => give({ role: `arn:aws:iam::${id}:role/${role}` })),
      )
      const byArn = (all: readonly { readonly roleArn: string }[]) =>
        [...all].sort((a, b) => (a.roleArn < b.roleArn ? -1 : 1))
      assert.deepEqual(byArn(give({ accounts: ids, roles: names })), byArn(alone))
    }),
    { numRuns: 200 },
  )
})
