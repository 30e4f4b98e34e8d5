import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { Person } from '../person.ts'
import { type Stage, somebody, startStage } from '../stage.ts'
import { tries } from './narrowed-stage.ts'
import { leaverJob, offices, signedIn, startGate } from './people-stage.ts'
import { decide, Program } from './program.ts'

const admin = 'arn:aws:iam::111122223333:role/Admin'
const people = [
  somebody('alice', 'aws-111122223333-Admin', 'aws-444455556666-ReadOnly'),
  somebody('bob', 'aws-111122223333-Admin'),
  somebody('carol', 'security'),
  somebody('sam', 'secops'),
]

type Api = Awaited<ReturnType<typeof signedIn>>['api']
const refOf = async (api: Api, name: string): Promise<string> => {
  const { body } = await api('GET', `/api/v1/people?text=${name}`)
  return body.people[0].ref
}
const last = async (stage: Stage, type: string) =>
  (await stage.audit()).findLast((event) => event.type === type) ?? {}

describe('people who sign in', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage({ people, config: offices })
  })
  after(() => stage.close())

  test('are seen by auditors and administrators, with what their provider said, and by nobody else', async () => {
    const alice = await signedIn(stage, 'alice')
    const carol = await signedIn(stage, 'carol')
    assert.equal((await alice.api('GET', '/api/v1/people')).status, 403)
    const found = await carol.api('GET', '/api/v1/people?text=ALICE')
    assert.equal(found.status, 200, JSON.stringify(found.body))
    const [row, ...others] = found.body.people
    assert.deepEqual(others, [])
    const { user, provider, protocol, sessions, locked, address, kind } = row
    assert.deepEqual(
      { user, provider, protocol, sessions, locked, address, kind },
      {
        user: 'alice@corp.example',
        provider: 'demo',
        protocol: 'saml',
        sessions: 2,
        locked: false,
        address: '127.0.0.1',
        kind: 'browser',
      },
    )
    const detail = await carol.api('GET', `/api/v1/people/${row.ref}`)
    assert.equal(detail.status, 200, JSON.stringify(detail.body))
    const groups = detail.body.identity.attributes.find(({ name }: { name: string }) => name === 'groups')
    assert.deepEqual(groups.values, ['aws-111122223333-Admin', 'aws-444455556666-ReadOnly'])
    assert.deepEqual(
      detail.body.roles.map(({ roleArn }: { roleArn: string }) => roleArn),
      [admin, 'arn:aws:iam::444455556666:role/ReadOnly'],
    )
    assert.equal((await alice.api('GET', `/api/v1/people/${row.ref}`)).status, 403)
    const { what, person } = await last(stage, 'people_read')
    assert.deepEqual([what, person], ['person', 'alice@corp.example'])
  })

  test('what they took lately stands beside them', async () => {
    const alice = await signedIn(stage, 'alice')
    await alice.api('POST', '/api/v1/credentials', { role: admin, purpose: 'INC-1' })
    const sam = await signedIn(stage, 'sam')
    const { body } = await sam.api('GET', `/api/v1/people/${await refOf(sam.api, 'alice')}`)
    const [one] = body.taken
    assert.deepEqual([one.roleArn, one.purpose, body.takenWhole], [admin, 'INC-1', true])
  })

  test('a program that an administrator let in for one role has no office', async () => {
    const program = new Program(stage)
    const started = await program.start({ role: admin })
    const person = new Person()
    const page = await person.signIn(stage.url, 'sam', 'sam', `/device?user_code=${started.body.user_code}`)
    await decide(person, page, 'approve')
    const { body } = await program.poll(started.body.device_code)
    assert.equal((await program.api('GET', '/api/v1/people', body.access_token)).status, 403)
  })

  test('a page of the list goes on where the one before ended', async () => {
    const sam = await signedIn(stage, 'sam')
    const all: string[] = []
    let cursor = ''
    do {
      const { body } = await sam.api('GET', `/api/v1/people?limit=1${cursor && `&cursor=${cursor}`}`)
      assert.equal(body.people.length, 1)
      all.push(body.people[0].user)
      cursor = body.next ?? ''
    } while (cursor !== '')
    assert.equal(all[0], 'sam@corp.example', 'the latest first')
    assert.equal(new Set(all).size, all.length)
    assert.ok(all.length >= 3)
    assert.equal((await sam.api('GET', '/api/v1/people?cursor=7')).status, 400)
  })

  test('an AI agent ends no session, locks nobody and lets nobody in, whoever lets it work', async () => {
    const sam = await signedIn(stage, 'sam')
    sam.program.runBy = 'claude-code'
    const lock = '/api/v1/locks'
    for (const [method, path, wish] of [
      ['PUT', lock, { user: 'bob@corp.example', reason: 'INC-1' }],
      ['DELETE', `${lock}?user=bob%40corp.example`],
    ] as const) {
      const { status, body } = await sam.api(method, path, wish)
      assert.deepEqual([status, body.code], [403, 'not_entitled'], JSON.stringify(body))
      assert.match(body.title, /AI agent/)
    }
  })

  test('an auditor ends no session and locks nobody', async () => {
    await signedIn(stage, 'bob')
    const carol = await signedIn(stage, 'carol')
    const ref = await refOf(carol.api, 'bob')
    for (const [method, path, wish] of [
      ['DELETE', `/api/v1/people/${ref}/sessions`, undefined],
      ['PUT', `/api/v1/people/${ref}/lock`, { reason: 'x' }],
      ['PUT', '/api/v1/locks', { user: 'bob', reason: 'x' }],
      ['DELETE', '/api/v1/locks?user=bob', undefined],
      ['DELETE', `/api/v1/people/${ref}/lock`, undefined],
    ] as const)
      assert.equal((await carol.api(method, path, wish)).status, 403, `${method} ${path}`)
  })

  test('an administrator ends one session, or all of them, and each has its record', async () => {
    const [first, second] = [await signedIn(stage, 'bob'), await signedIn(stage, 'bob')]
    const sam = await signedIn(stage, 'sam')
    const ref = await refOf(sam.api, 'bob')
    const { body: me } = await first.api('GET', '/api/v1/me')
    const path = `/api/v1/people/${ref}/sessions`
    assert.equal((await sam.api('DELETE', `${path}/${me.session.ref}`)).status, 204)
    assert.equal((await first.api('GET', '/api/v1/me')).status, 401)
    assert.equal((await second.api('GET', '/api/v1/me')).status, 200)
    const { user, byUser, reason } = await last(stage, 'session_revoked')
    assert.deepEqual([user, byUser, reason], ['bob@corp.example', 'sam@corp.example', 'revoked'])
    assert.ok((await sam.api('DELETE', path)).body.ended >= 2)
    assert.equal((await second.api('GET', '/api/v1/me')).status, 401)
    assert.equal((await second.person.get(`${stage.url}/`)).status, 303)
  })

  test('everybody’s attributes at once are for auditors alone, and written down as such', async () => {
    const path = '/api/v1/people?attributes=true'
    const [carol, sam] = [await signedIn(stage, 'carol'), await signedIn(stage, 'sam')]
    assert.equal((await sam.api('GET', path)).status, 403)
    const { status, body } = await carol.api('GET', path)
    assert.equal(status, 200)
    const found = body.people.find(({ user }: { user: string }) => user === 'alice@corp.example')
    assert.deepEqual(found.attributes.department, ['x'])
    assert.equal((await last(stage, 'people_read')).what, 'export')
  })

  test('an administrator cannot lock themself, by whatever spelling', async () => {
    const sam = await signedIn(stage, 'sam')
    const ref = await refOf(sam.api, 'sam')
    assert.equal((await sam.api('PUT', `/api/v1/people/${ref}/lock`, { reason: 'x' })).status, 400)
    for (const user of [
      'sam@corp.example',
      ' SAM@Corp.Example ',
      'ｓａｍ@corp.example',
      's\u200bam@corp.example',
    ])
      assert.equal((await sam.api('PUT', '/api/v1/locks', { user, reason: 'x' })).status, 400, user)
    assert.equal((await sam.api('GET', '/api/v1/me')).status, 200)
  })
})

describe('somebody who is locked', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage({ people, config: offices })
  })
  after(() => stage.close())

  const lock = async (user: string, more: object = {}) => {
    const sam = await signedIn(stage, 'sam')
    return sam.api('PUT', '/api/v1/locks', { user, reason: 'left the company', ...more })
  }
  const unlock = async (user: string) => {
    const sam = await signedIn(stage, 'sam')
    return sam.api('DELETE', `/api/v1/locks?${new URLSearchParams({ user })}`)
  }

  test('may have been locked by name before they ever signed in, in another spelling', async () => {
    assert.equal((await lock(' BOB@corp.EXAMPLE')).status, 200)
    const page = await new Person().signIn(stage.url, 'bob')
    assert.equal(page.status, 403)
    assert.match(page.text, /Your access is locked\. Ask your administrator\./)
    const { type, code } = (await stage.audit()).at(-1) ?? {}
    assert.deepEqual([type, code], ['sign_in_refused', 'locked'])
    const signIns = (await stage.audit()).filter(
      (one) => one.type === 'sign_in' && one.user === 'bob@corp.example',
    )
    assert.deepEqual(signIns, [], 'nobody reads of a sign-in that there was none of')
    assert.equal((await unlock('bob@corp.example')).status, 200)
    assert.equal((await new Person().signIn(stage.url, 'bob')).status, 200)
    assert.equal((await unlock('bob@corp.example')).status, 404)
  })

  test('stays locked after a restart, and signs in anew when the lock is taken away', async () => {
    const alice = await signedIn(stage, 'alice')
    const { body } = await lock('alice@corp.example')
    assert.deepEqual([body.by, body.people], ['sam@corp.example', 1])
    assert.equal((await alice.api('GET', '/api/v1/me')).status, 401)
    await stage.restart()
    assert.equal((await new Person().signIn(stage.url, 'alice')).status, 403)
    assert.equal((await unlock('ALICE@corp.example')).status, 200)
    assert.equal((await alice.api('GET', '/api/v1/me')).status, 401, 'no old session comes back')
    assert.equal((await alice.program.refresh(alice.refreshToken)).status, 400)
    assert.equal((await new Person().signIn(stage.url, 'alice')).status, 200)
    const { person } = await last(stage, 'person_unlocked')
    assert.equal(person, 'ALICE@corp.example')
  })

  test('is let in again when the time of the lock is over', async () => {
    const until = new Date(stage.now() + 3600_000).toISOString()
    assert.equal((await lock('bob@corp.example', { until })).status, 200)
    assert.equal((await new Person().signIn(stage.url, 'bob')).status, 403)
    const sam = await signedIn(stage, 'sam')
    assert.equal((await sam.api('GET', '/api/v1/locks')).body.locks.length, 1)
    stage.advance(3601)
    assert.equal((await new Person().signIn(stage.url, 'bob')).status, 200)
    const later = await signedIn(stage, 'sam')
    assert.equal((await later.api('GET', '/api/v1/locks')).body.locks.length, 0)
  })

  test('a lock for one provider leaves those of others alone, and another lock never narrows one', async () => {
    assert.equal((await lock('bob@corp.example', { idp: 'nobody' })).status, 400)
    assert.equal((await lock('bob@corp.example', { idp: 'ci' })).status, 200)
    assert.equal((await new Person().signIn(stage.url, 'bob')).status, 200)
    assert.equal((await lock('bob@corp.example')).status, 200)
    assert.equal((await lock('bob@corp.example', { idp: 'ci' })).status, 200)
    assert.equal((await new Person().signIn(stage.url, 'bob')).status, 403)
    assert.equal((await unlock('bob@corp.example')).status, 200)
  })

  test('a lock needs a reason, a name, and an end that is to come', async () => {
    for (const more of [
      { reason: ' ' },
      { reason: 'a\nb' },
      { user: ' ' },
      { until: '2020-01-01T00:00:00Z' },
    ])
      assert.equal((await lock('bob@corp.example', more)).status, 400, JSON.stringify(more))
    const sam = await signedIn(stage, 'sam')
    assert.equal((await sam.api('PUT', '/api/v1/locks', { user: 'x', reason: 'y', untl: 'z' })).status, 400)
  })

  test('the job of a leaver process locks without a stored secret, and another job does not', async () => {
    const other = await leaverJob(stage, 'corp/app')
    assert.equal((await other('PUT', '/api/v1/locks', { user: 'bob@corp.example', reason: 'x' })).status, 403)
    const job = await leaverJob(stage)
    const { status } = await job('PUT', '/api/v1/locks', {
      user: 'bob@corp.example',
      reason: 'HR-4711: last day',
    })
    assert.equal(status, 200)
    assert.equal((await new Person().signIn(stage.url, 'bob')).status, 403)
    const { user, reason, channel } = await last(stage, 'person_locked')
    assert.deepEqual([user, reason, channel], ['ci:corp/leavers', 'HR-4711: last day', 'workload'])
    assert.equal((await job('DELETE', '/api/v1/locks?user=bob@corp.example')).status, 200)
  })

  test('a workload is kept out by its name like everybody else', async () => {
    const exchange = async () =>
      new Program(stage).form('/oauth/token', {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: await stage.world.platform.mint({ aud: stage.url, repository: 'corp/app' }),
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      })
    assert.equal((await exchange()).status, 200)
    assert.equal((await lock('ci:corp/app')).status, 200)
    const { status, body } = await exchange()
    assert.deepEqual([status, body.error], [403, 'access_denied'])
    assert.equal((await unlock('ci:corp/app')).status, 200)
  })

  test('a secret that is retired unlocks nobody', async () => {
    assert.equal((await lock('bob@corp.example')).status, 200)
    const { configFile } = stage.world
    const yaml = await readFile(configFile, 'utf8')
    await writeFile(configFile, yaml.replace(/^secret: .*$/m, `secret: ${randomBytes(32).toString('hex')}`))
    await stage.restart()
    assert.equal((await new Person().signIn(stage.url, 'bob')).status, 403)
    assert.equal((await unlock('bob@corp.example')).status, 200)
    assert.equal((await new Person().signIn(stage.url, 'bob')).status, 200)
  })
})

describe('a lock that falls while credentials are on their way', () => {
  let stage: Stage
  let gate: Awaited<ReturnType<typeof startGate>>
  before(async () => {
    gate = await startGate()
    stage = await startStage({ people, config: (yaml) => gate.config(offices(yaml)) })
  })
  after(async () => {
    await stage.close()
    gate.close()
  })

  for (const [what, path] of [
    ['credentials', '/api/v1/credentials'],
    ['a console link', '/api/v1/console'],
  ] as const)
    test(`keeps ${what} in the house`, async () => {
      const alice = await signedIn(stage, 'alice')
      const sam = await signedIn(stage, 'sam')
      const waits = gate.shut()
      const answer = alice.api('POST', path, { role: admin })
      await waits
      const wish = { user: 'alice@corp.example', reason: 'now' }
      assert.equal((await sam.api('PUT', '/api/v1/locks', wish)).status, 200)
      gate.open()
      const { status, body } = await answer
      assert.deepEqual([status, body.code, body.title], [403, 'locked', 'Your access is locked.'])
      const { code, roleArn } = await last(stage, 'credentials_refused')
      assert.deepEqual([code, roleArn], ['locked', admin])
      assert.ok(!(await stage.audit()).some(({ type }) => type === 'credentials_issued'))
      assert.equal((await sam.api('DELETE', '/api/v1/locks?user=alice@corp.example')).status, 200)
    })

  test('so does the end of the session', async () => {
    const alice = await signedIn(stage, 'alice')
    const sam = await signedIn(stage, 'sam')
    const ref = await refOf(sam.api, 'alice')
    const waits = gate.shut()
    const answer = alice.api('POST', '/api/v1/credentials', { role: admin })
    await waits
    assert.equal((await sam.api('DELETE', `/api/v1/people/${ref}/sessions`)).status, 200)
    gate.open()
    assert.equal((await answer).status, 401)
  })
})

describe('names that a provider changes', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage({ people, config: offices, response: { transientNames: true } })
  })
  after(() => stage.close())

  test('a NameID that is another one each time is one person, whose sessions all end, and no way round a lock', async () => {
    const [first, second] = [await signedIn(stage, 'alice'), await signedIn(stage, 'alice')]
    const sam = await signedIn(stage, 'sam')
    const { body } = await sam.api('GET', '/api/v1/people?text=alice')
    assert.deepEqual(
      body.people.map(({ sessions }: { sessions: number }) => sessions),
      [4],
    )
    const ref = body.people[0].ref
    assert.equal((await sam.api('PUT', `/api/v1/people/${ref}/lock`, { reason: 'x' })).status, 200)
    for (const one of [first, second]) assert.equal((await one.api('GET', '/api/v1/me')).status, 401)
    assert.equal((await new Person().signIn(stage.url, 'alice')).status, 403)
  })

  test('the end of all sessions ends those as well that came before a great many others', async () => {
    const first = await signedIn(stage, 'bob')
    for (let count = 0; count < 21; count++) await new Person().signIn(stage.url, 'bob')
    assert.equal((await first.api('GET', '/api/v1/me')).status, 200)
    const sam = await signedIn(stage, 'sam')
    const path = `/api/v1/people/${await refOf(sam.api, 'bob')}`
    assert.equal((await sam.api('DELETE', `${path}/sessions`)).status, 200)
    assert.equal((await first.api('GET', '/api/v1/me')).status, 401)
    assert.deepEqual((await sam.api('GET', '/api/v1/locks')).body.locks.length, 1, 'nobody is locked by it')
    stage.advance(1)
    const again = await signedIn(stage, 'bob')
    assert.equal((await again.api('GET', '/api/v1/me')).status, 200)
    assert.equal((await sam.api('DELETE', `${path}/lock`)).status, 404)
  })

  test('the end of all sessions unlocks nobody', async () => {
    const sam = await signedIn(stage, 'sam')
    const ref = await refOf(sam.api, 'bob')
    assert.equal((await sam.api('PUT', `/api/v1/people/${ref}/lock`, { reason: 'left' })).status, 200)
    assert.equal((await sam.api('DELETE', `/api/v1/people/${ref}/sessions`)).status, 200)
    assert.equal((await new Person().signIn(stage.url, 'bob')).status, 403)
    const { body } = await sam.api('GET', '/api/v1/locks')
    assert.ok(body.locks.some(({ reason }: { reason: string }) => reason === 'left'))
  })
})

test('the end of all sessions locks nobody out later, when nobody remembers it any more', async (t) => {
  const stage = await startStage({ people, config: offices })
  t.after(() => stage.close())
  await signedIn(stage, 'alice')
  const { api } = await signedIn(stage, 'sam')
  assert.equal((await api('DELETE', `/api/v1/people/${await refOf(api, 'alice')}/sessions`)).status, 200)
  for (let day = 1; day <= 9; day++) {
    stage.advance(86_400)
    assert.equal((await new Person().signIn(stage.url, 'alice')).status, 200, `day ${day}`)
  }
})

describe('credentials that passthrough keeps for a session', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage({ people, config: offices, federation: 'passthrough' })
  })
  after(() => stage.close())

  test('are not handed out again when their person is locked, nor after that', async () => {
    const alice = await signedIn(stage, 'alice')
    const take = () => alice.api('POST', '/api/v1/credentials', { role: admin })
    const { status, body } = await take()
    assert.equal(status, 200)
    stage.advance(400)
    assert.equal((await take()).body.accessKeyId, body.accessKeyId, 'what was bought is served again')
    const sam = await signedIn(stage, 'sam')
    const wish = { user: 'alice@corp.example', reason: 'left' }
    assert.equal((await sam.api('PUT', '/api/v1/locks', wish)).status, 200)
    assert.equal((await take()).status, 401)
    assert.equal((await sam.api('DELETE', '/api/v1/locks?user=alice@corp.example')).status, 200)
    assert.equal((await take()).status, 401)
  })
})

describe('credentials that are out already', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage({ people, config: offices })
  })
  after(() => stage.close())

  test('are cut by the policy that the bridge writes, and nobody else’s of the same role are', async () => {
    const [alice, bob] = [await signedIn(stage, 'alice'), await signedIn(stage, 'bob')]
    const take = async (api: Api) => (await api('POST', '/api/v1/credentials', { role: admin })).body
    const [hers, his] = [await take(alice.api), await take(bob.api)]
    stage.advance(10)
    const sam = await signedIn(stage, 'sam')
    const { status, body } = await sam.api('GET', `/api/v1/people/${await refOf(sam.api, 'alice')}/cut`)
    assert.equal(status, 200, JSON.stringify(body))
    const [cut, ...others] = body.cuts
    assert.deepEqual([others, cut.roleArn, cut.hold], [[], admin, 1])
    assert.match(
      cut.command,
      /^aws iam put-role-policy --role-name Admin --policy-name rolebridge-cut-alice@corp\.example-[0-9a-f]{8} --policy-document '\{"Version"/,
    )
    assert.deepEqual(JSON.parse(/'(\{.*\})'/.exec(cut.command)?.[1] ?? ''), cut.policy)
    const role = stage.world.sts.state.roles.get(admin)
    assert.ok(role)
    assert.deepEqual(await tries(stage, hers), { read: 200, write: 200 })
    const allowAll = { Effect: 'Allow', Action: '*', Resource: '*' }
    const permissions = JSON.stringify({ Statement: [allowAll, ...cut.policy.Statement] })
    stage.world.sts.state.roles.set(admin, { ...role, permissions })
    assert.deepEqual(await tries(stage, hers), { read: 403, write: 403 })
    assert.deepEqual(await tries(stage, his), { read: 200, write: 200 })
    stage.advance(2)
    assert.deepEqual(await tries(stage, await take(alice.api)), { read: 200, write: 200 }, 'later ones work')
  })
})

for (const history of ['sqlite:history.db', 'off'])
  describe(`somebody whose name changed, with history: ${history}`, () => {
    const alice = somebody('alice', 'aws-111122223333-Admin')
    let stage: Stage
    before(async () => {
      stage = await startStage({
        people: [alice, somebody('sam', 'secops')],
        config: (yaml) =>
          `${offices(yaml).replace('user: email', 'user: displayName')}\nhistory: ${history}\n`,
      })
    })
    after(() => stage.close())

    test('is cut off from what they took under the name before', async () => {
      const before = await signedIn(stage, 'alice')
      const { body: held } = await before.api('POST', '/api/v1/credentials', { role: admin })
      Object.assign(alice, { displayName: 'alice-married' })
      await signedIn(stage, 'alice')
      const sam = await signedIn(stage, 'sam')
      const ref = await refOf(sam.api, 'alice-married')
      const { body } = await sam.api('GET', `/api/v1/people/${ref}/cut`)
      assert.deepEqual([body.cuts.length, body.whole], [1, true], JSON.stringify(body))
      assert.match(JSON.stringify(body.cuts[0].policy), /"aws:userid":\["AROA\w+:alice"\]/)
      const person = await sam.api('GET', `/api/v1/people/${ref}`)
      assert.deepEqual([person.body.user, person.body.taken.length], ['alice-married', 1])
      const role = stage.world.sts.state.roles.get(admin)
      assert.ok(role)
      stage.advance(10)
      const { body: cut } = await sam.api('GET', `/api/v1/people/${ref}/cut`)
      const allowAll = { Effect: 'Allow', Action: '*', Resource: '*' }
      const permissions = JSON.stringify({ Statement: [allowAll, ...cut.cuts[0].policy.Statement] })
      stage.world.sts.state.roles.set(admin, { ...role, permissions })
      assert.deepEqual(await tries(stage, held), { read: 403, write: 403 })
    })
  })
