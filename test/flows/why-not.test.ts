import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Person } from '../person.ts'
import { type Stage, somebody, startStage, withRules } from '../stage.ts'
import { decide, Program } from './program.ts'

const rules = `rules:
  - id: production
    match: { groups: '^production$' }
    grant: { role: 'arn:aws:iam::111122223333:role/Admin' }
    condition:
      Bool: { 'bridge:MultiFactorAuthPresent': true }
      IpAddress: { 'bridge:SourceIp': 203.0.113.0/24 }
    conditionSays: { 'bridge:SourceIp': Only from the office network }
  - id: secret-merger
    match: { groups: '^merger-team$' }
    grant: { role: 'arn:aws:iam::444455556666:role/Merger' }
  - id: secret-watch
    effect: deny
    match: { groups: '^suspects$' }
    roles: 'arn:aws:iam::111122223333:role/Watched'
support: { name: the platform team, url: https://corp.example/aws-help }
auditors: { groups: '^auditors$' }
`

const people = [
  somebody('ina', 'production'),
  somebody('nil', 'nothing'),
  somebody('cas', 'MERGER-TEAM'),
  somebody('aud', 'auditors'),
]

const [admin, merger, nowhere] = [
  'arn:aws:iam::111122223333:role/Admin',
  'arn:aws:iam::444455556666:role/Merger',
  'arn:aws:iam::999999999999:role/Nowhere',
]
const secrets = /secret-|merger-team|role\/Merger|suspects|Watched/

describe('why not', () => {
  let stage: Stage
  let cli: Program
  const bearers = new Map<string, string>()
  before(async () => {
    stage = await startStage({ people, config: withRules(rules) })
    cli = new Program(stage)
    for (const { username } of people) bearers.set(username, (await cli.signIn(username)).body.access_token)
  })
  after(() => stage?.close())

  const api = (name: string, path: string) => cli.api('GET', path, bearers.get(name))
  const asked = (role: string) => `/api/v1/explain?role=${encodeURIComponent(role)}`

  test('a role that only a condition keeps shut is listed with its reasons and what fails', async () => {
    const { body } = await api('ina', '/api/v1/roles?locked=true')
    assert.deepEqual(body.roles, [])
    assert.deepEqual(body.locked[0].reasons, [
      'You signed in without a second factor.',
      'Only from the office network.',
    ])
    assert.equal(body.locked[0].roleArn, admin)
    assert.deepEqual(
      body.locked[0].failed.map(({ key }: { key: string }) => key),
      ['bridge:MultiFactorAuthPresent', 'bridge:SourceIp'],
    )
    assert.deepEqual(body.support, { name: 'the platform team', href: 'https://corp.example/aws-help' })
    assert.equal((await api('ina', '/api/v1/roles')).body.locked, undefined)
    assert.deepEqual((await api('nil', '/api/v1/roles?locked=true')).body.locked, [])
    assert.match((await api('ina', '/api/v1/roles?locked=1')).body.title, /locked must be true or false/)
  })

  test('the portal shows it greyed, with the reason, whom to ask, and nothing to press that would take it', async () => {
    const { text } = await new Person().signIn(stage.url, 'ina', 'ina')
    assert.match(text, /Locked right now/)
    assert.match(text, /You signed in without a second factor\. Only from the office network\./)
    assert.match(text, /<a href="https:\/\/corp\.example\/aws-help">the platform team<\/a>/)
    assert.doesNotMatch(text, /name="role" value|203\.0\.113/)
  })

  test('taking it is refused with the reason and whom to ask', async () => {
    const { status, body } = await cli.api('POST', '/api/v1/credentials', bearers.get('ina'), { role: admin })
    assert.equal(status, 403)
    assert.equal(
      body.title,
      'You may not take this role right now. You signed in without a second factor. Only from the office network.',
    )
    assert.equal(body.support.name, 'the platform team')
  })

  test('an error page names whom to ask, also to somebody who was not let in', async () => {
    const { text } = await new Person().get(`${stage.url}/nothing-here`)
    assert.match(
      text,
      /tell <a href="https:\/\/corp\.example\/aws-help">the platform team<\/a> this request id/,
    )
  })

  test('by no door does a person learn of rules that are not theirs', async () => {
    for (const name of ['nil', 'cas', 'ina']) {
      const visitor = new Person()
      const pages = [(await visitor.signIn(stage.url, name, name)).text]
      for (const role of ['', merger, nowhere])
        pages.push((await visitor.get(`${stage.url}/explain?role=${encodeURIComponent(role)}`)).text)
      for (const path of ['/api/v1/explain', asked(merger), asked(nowhere), '/api/v1/roles?locked=true'])
        pages.push(JSON.stringify((await api(name, path)).body))
      const refused = await cli.api('POST', '/api/v1/credentials', bearers.get(name), { role: merger })
      assert.equal(refused.status, 403)
      pages.push(JSON.stringify(refused.body))
      pages.push(JSON.stringify((await api(name, '/api/v1/audit?limit=100')).body))
      for (const page of pages)
        assert.doesNotMatch(page.replaceAll(merger, '').replaceAll(encodeURIComponent(merger), ''), secrets)
    }
  })

  test('of a role that no rule of theirs leads to a person hears the same whether it exists or not', async () => {
    for (const name of ['nil', 'cas', 'ina']) {
      const words = async (role: string) => {
        const told = JSON.stringify((await api(name, asked(role))).body)
        await cli.api('POST', '/api/v1/credentials', bearers.get(name), { role })
        const trail = await api(name, '/api/v1/audit?type=credentials_refused&limit=1')
        return `${told} ${trail.body.records[0].detail}`.replaceAll(role, 'ROLE')
      }
      assert.equal(await words(merger), await words(nowhere), name)
    }
  })

  test('auditors see all rules', async () => {
    assert.match(JSON.stringify((await api('aud', asked(merger))).body), /\^merger-team\$/)
  })

  test('a program that was let in for one role has none of its person’s office', async () => {
    const narrow = await bind(cli, 'aud')
    assert.doesNotMatch(JSON.stringify((await cli.api('GET', asked(merger), narrow)).body), /merger-team/)
    assert.equal((await cli.api('GET', asked(nowhere), narrow)).body.advice, undefined)
    const said = await cli.api('GET', '/api/v1/me?attributes=true', narrow)
    assert.equal(said.status, 403)
    assert.match(said.body.title, /let in for one role/)
  })

  test('a program that was let in for one role is told that its cursor is none', async () => {
    const cli = new Program(stage)
    const query = new URLSearchParams({ after: 'a\r\nb', session: 'of-another-one-1' })
    assert.equal((await cli.api('GET', `/api/v1/audit?${query}`, await bind(cli, 'ina'))).status, 400)
  })

  test('a program that was let in for one role does not read why its person’s other roles are shut', async () => {
    const [own, other] = [await bind(cli, 'ina'), await bind(cli, 'ina', merger)]
    const said = async (path: string, token: string) =>
      JSON.stringify((await cli.api('GET', path, token)).body)
    assert.match(await said(asked(admin), own), /second factor.*office/)
    for (const path of [asked(admin), '/api/v1/explain'])
      assert.doesNotMatch(await said(path, other), /second factor|office|203\.0/)
    assert.match(await said(asked(admin), other), /You may not take .*Admin here.*for the role .*Merger only/)
    const taken = await cli.api('POST', '/api/v1/credentials', other, { role: admin })
    assert.equal(taken.status, 403)
    assert.doesNotMatch(JSON.stringify(taken.body), /second factor|office/)
  })

  test('names a near miss without naming the rule', async () => {
    const { body } = await api('cas', '/api/v1/explain')
    assert.match(body.advice[0], /sent MERGER-TEAM as groups, and a rule spells it with other capital/)
    assert.deepEqual(body.steps, [])
  })

  test('tells a person what their identity provider said, with values; the trail has the names alone', async () => {
    const { body } = await api('nil', '/api/v1/me?attributes=true')
    const groups = body.identity.attributes.find(({ name }: { name: string }) => name === 'groups')
    assert.deepEqual(groups.values, ['nothing'])
    assert.equal((await api('nil', '/api/v1/me')).body.identity, undefined)
    const signIns = (await stage.audit()).filter(
      ({ type, user }) => type === 'sign_in' && user === 'nil@corp.example',
    )
    assert.ok([signIns[0]?.attributes].flat().includes('groups'))
    assert.doesNotMatch(JSON.stringify(signIns), /"nothing"/)
  })
})

test('explain: full shows everybody every rule', async (t) => {
  const stage = await startStage({ people, config: withRules(`${rules}explain: full\n`) })
  t.after(() => stage.close())
  const cli = new Program(stage)
  const { body } = await cli.signIn('nil')
  const told = await cli.api('GET', `/api/v1/explain?role=${encodeURIComponent(merger)}`, body.access_token)
  assert.match(JSON.stringify(told.body), /\^merger-team\$/)
})

/** A session for one role only. */
async function bind(cli: Program, name: string, role = admin): Promise<string> {
  const started = await cli.start({ role })
  const person = new Person()
  const page = await person.signIn(cli.url, name, name, `/device?user_code=${started.body.user_code}`)
  await decide(person, page, 'approve')
  return (await cli.poll(started.body.device_code)).body.access_token
}
