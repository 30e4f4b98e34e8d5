import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'
import { arnOf, lastOf, open, roles, tries } from './narrowed-stage.ts'
import { decide, Program, pkce } from './program.ts'

const tagged =
  "tags: { Agent: '${agent}', Team: '${attribute.department|safe}' }, transitiveTags: [Agent, Team]"

describe('a program that an AI agent runs', () => {
  let stage: Stage
  let cli: Program
  let alice: string
  before(async () => {
    const terms = {
      Open: 'maxDuration: 4h',
      Read: 'agents: read-only',
      Closed: 'agents: deny',
      Known: `agents: allow, ${tagged}`,
    }
    // A later rule on other terms does not open what the first one closed.
    const later = `  - id: closed-again
    match: { groups: '^platform-admins$' }
    grant: { role: '${arnOf('Closed')}' }
  - id: only-known
    effect: deny
    match: { user: '.*' }
    roles: '${arnOf('Known')}'
    condition: { 'Null': { 'bridge:Agent': false }, StringNotLike: { 'bridge:Agent': ['claude*'] } }
`
    const rules = roles(terms)
    stage = await startStage({
      config: (yaml) => rules(yaml).replace(/^auditors/m, () => `${later}auditors`),
    })
    open(stage, Object.keys(terms))
    cli = new Program(stage)
    alice = (await cli.signIn('alice')).body.access_token
  })
  after(() => stage?.close())

  const take = (name: string, runBy?: string, wish: object = {}, token = alice) => {
    cli.runBy = runBy
    return cli.api('POST', '/api/v1/credentials', token, { role: arnOf(name), ...wish })
  }
  const listed = async (runBy?: string, token = alice) => {
    cli.runBy = runBy
    const { body } = await cli.api('GET', '/api/v1/roles', token)
    return body.roles.map(({ roleName, readOnly = false }: { roleName: string; readOnly?: boolean }) =>
      readOnly ? `${roleName} (read-only)` : roleName,
    )
  }

  test('gets of each role what its rule leaves to agents', async () => {
    assert.deepEqual(await listed(), ['Closed', 'Known', 'Open', 'Read'])
    assert.deepEqual(await listed('claude-code'), ['Known', 'Open', 'Read (read-only)'])
    assert.deepEqual(await listed('codex'), ['Open', 'Read (read-only)'])
    const reads = await take('Read', 'codex')
    assert.deepEqual(await tries(stage, reads.body), { read: 200, write: 403 })
    const wishes = await take('Read', 'codex', { readOnly: false })
    assert.deepEqual(await tries(stage, wishes.body), { read: 200, write: 403 })
    assert.deepEqual(await tries(stage, (await take('Read')).body), { read: 200, write: 200 })
    assert.deepEqual(await tries(stage, (await take('Open', 'codex')).body), { read: 200, write: 200 })
  })

  test('is told why it does not get a role, and the trail names it', async () => {
    const { status, body } = await take('Closed', 'Claude Code')
    assert.deepEqual([status, body.code], [403, 'not_entitled'])
    assert.equal(body.title, 'This role is not for AI agents. A person may take it.')
    const refused = await lastOf(stage, 'credentials_refused')
    assert.equal(refused.agent, 'claude-code')
    const words = /Rule "Closed" would grant \S+ to you, but not to an AI agent, and one asks \(claude-code\)/
    assert.match(String(refused.detail), words)
    const why = await cli.api('GET', `/api/v1/explain?role=${encodeURIComponent(arnOf('Closed'))}`, alice)
    assert.match(why.body.summary, words)
    assert.match(
      JSON.stringify(why.body.steps),
      /closed-again.*which rule \\"Closed\\" before it already decides/,
    )
    const whole = await cli.api('GET', `/api/v1/explain?role=${encodeURIComponent(arnOf('Read'))}`, alice)
    assert.match(JSON.stringify(whole.body.steps), /read-only, because an AI agent asks \(claude-code\)/)
    const denied = await take('Known', 'codex')
    assert.equal(denied.status, 403)
    assert.match(String((await lastOf(stage, 'credentials_refused')).detail), /only-known/)
  })

  test('is named in a tag of the session, which a person does not have', async () => {
    await take('Known', 'claude-code')
    const [agents] = stage.world.sts.issued.recent(1)
    assert.deepEqual({ ...agents?.tags }, { Agent: 'claude-code', Team: 'Platform' })
    assert.deepEqual(agents?.transitiveTags, ['Agent', 'Team'])
    assert.equal((await lastOf(stage, 'credentials_issued')).agent, 'claude-code')
    await take('Known')
    const [persons] = stage.world.sts.issued.recent(1)
    assert.deepEqual({ ...persons?.tags }, { Team: 'Platform' })
    assert.deepEqual(persons?.transitiveTags, ['Team'])
    assert.ok(!('agent' in (await lastOf(stage, 'credentials_issued'))))
  })

  test('stays an agent when it names itself badly', async () => {
    for (const name of ['', '  ', '???', 'x'.repeat(500)]) {
      assert.equal((await take('Closed', name)).status, 403, name)
      assert.match(String((await lastOf(stage, 'credentials_refused')).agent), /^(unknown|x{64})$/)
    }
  })

  test('that signs in is shown to the person as one, and stays one whatever it says later', async () => {
    const person = new Person()
    const started = await cli.start({ agent: 'Our Bot' })
    const path = `/device?user_code=${started.body.user_code}`
    const page = await person.signIn(stage.url, 'alice', 'alice', path)
    assert.match(page.text, /An AI agent asks: .*our-bot/)
    await decide(person, page, 'approve')
    const token = (await cli.poll(started.body.device_code)).body.access_token
    assert.equal((await lastOf(stage, 'device_authorization_approved')).agent, 'our-bot')
    assert.equal((await lastOf(stage, 'sign_in')).agent, 'our-bot')
    for (const runBy of [undefined, 'claude-code']) {
      assert.deepEqual(await listed(runBy, token), ['Open', 'Read (read-only)'], runBy)
      assert.equal((await take('Closed', runBy, {}, token)).status, 403)
      assert.equal((await lastOf(stage, 'credentials_refused')).agent, 'our-bot')
    }
    cli.runBy = undefined
    assert.equal((await cli.api('GET', '/api/v1/me', token)).body.session.agent, 'our-bot')
    assert.match((await person.get(`${stage.url}/sessions`)).text, /our-bot/)
    assert.deepEqual(await listed(), ['Closed', 'Known', 'Open', 'Read'])
  })

  test('that signs in with PKCE is one too: what the page showed is what the form carries', async () => {
    const person = new Person()
    const { verifier, challenge } = pkce()
    const redirect_uri = 'http://127.0.0.1:4711/callback'
    const query = new URLSearchParams({
      ...{ client_id: 'rolebridge-cli', response_type: 'code', state: 'x'.repeat(22), redirect_uri },
      ...{ code_challenge: challenge, code_challenge_method: 'S256', agent: 'our-bot' },
    })
    const page = await person.signIn(stage.url, 'alice', 'alice', `/oauth/authorize?${query}`)
    assert.match(page.text, /An AI agent asks: .*our-bot/)
    const { location } = await decide(person, page, 'approve')
    const code = new URL(location).searchParams.get('code') ?? ''
    const exchange = { grant_type: 'authorization_code', code, redirect_uri, code_verifier: verifier }
    const { body } = await cli.form('/oauth/token', exchange)
    assert.deepEqual(await listed(undefined, body.access_token), ['Open', 'Read (read-only)'])
    assert.equal((await lastOf(stage, 'authorization_approved')).agent, 'our-bot')
  })
})
