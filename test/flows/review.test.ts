import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Stage, somebody, startStage } from '../stage.ts'
import { signedIn } from './people-stage.ts'
import { admin, readOnly, reviewBy, reviewed, rowOf, signOff, subjectOf } from './review-stage.ts'

const people = [
  somebody('alice', 'admins'),
  somebody('bob', 'admins', 'ops'),
  somebody('carol', 'security'),
  somebody('sam', 'secops', 'admins'),
]
const day = 86_400
/** Runs are kept for five minutes. */
const anew = (stage: Stage) => stage.advance(301)
const last = async (stage: Stage, type: string) =>
  (await stage.audit()).findLast((event) => event.type === type) ?? {}
const codes = (body: { findings: { code: string; rule?: string }[] }) =>
  body.findings.map(({ code, rule }) => (rule === undefined ? code : `${code} ${rule}`))

describe('a review of who may what', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage({ people, config: reviewed })
    const alice = await signedIn(stage, 'alice')
    const taken = await alice.api('POST', '/api/v1/credentials', { role: admin })
    assert.equal(taken.status, 200, JSON.stringify(taken.body))
    await signedIn(stage, 'bob')
  })
  after(() => stage.close())

  test('is for auditors and administrators, and nothing of it for anybody else', async () => {
    const alice = await signedIn(stage, 'alice')
    for (const path of [
      '',
      '/export?format=csv',
      '/sign-offs',
      '/subjects/rule/admins',
      '/subjects/account/111122223333',
    ]) {
      const { status, body } = await alice.api('GET', `/api/v1/review${path}`)
      assert.equal(status, 403, path)
      assert.equal(body.code, 'not_entitled', path)
    }
    const wish = { kind: 'rule', id: 'admins', digest: 'x', decision: 'kept' }
    assert.equal((await alice.api('POST', '/api/v1/review/sign-offs', wish)).status, 403)
    for (const path of [
      '/review',
      '/review/export?format=csv',
      '/review/rules/admins',
      '/review/to-be-removed',
    ])
      assert.equal((await alice.person.get(stage.url + path)).status, 403, path)
    for (const name of ['carol', 'sam'])
      assert.equal((await reviewBy((await signedIn(stage, name)).api)).status, 200, name)
  })

  test('says who took a role, who never did, and what only a condition keeps shut', async () => {
    const carol = await signedIn(stage, 'carol')
    anew(stage)
    const [alice, bob] = [await rowOf(carol.api, 'alice'), await rowOf(carol.api, 'bob')]
    assert.deepEqual([alice.roles, alice.unused, alice.locked], [2, 1, 0])
    assert.deepEqual([bob.roles, bob.unused, bob.locked], [3, 3, 1])
    const { grants } = await subjectOf(carol.api, 'person', alice.ref)
    const used = grants.find(({ roleArn }: { roleArn: string }) => roleArn === admin)
    assert.deepEqual([used.rule, used.how, used.times, used.unused], ['admins', 'open', 1, false])
    assert.match(used.lastUsed, /^\d{4}-/)
    const other = grants.find(({ roleArn }: { roleArn: string }) => roleArn === readOnly)
    assert.deepEqual([other.times, other.unused, other.lastUsed], [0, true, undefined])
    const { grants: theirs } = await subjectOf(carol.api, 'person', bob.ref)
    const shut = theirs.find(({ how }: { how: string }) => how === 'locked')
    assert.equal(shut.rule, 'with-second-factor')
    assert.match(shut.why.join(), /second factor/)
  })

  test('finds rules that match nobody, rules that nobody uses, and those that give much', async () => {
    const carol = await signedIn(stage, 'carol')
    const { body } = await reviewBy(carol.api)
    const found = codes(body)
    for (const expected of [
      'rule_unmatched nobody-here',
      'denial_unmatched contractors',
      'rule_unused everybody',
      'wide_match everybody',
      'standing_administrator admins',
      'long_administrator admins',
      'roles_unused',
    ])
      assert.ok(found.includes(expected), `${expected} is not among ${found}`)
    assert.ok(!found.includes('rule_unused admins'))
    assert.deepEqual(body.auditors, { count: 1, names: ['carol@corp.example'] })
    assert.deepEqual(body.administrators, { count: 1, names: ['sam@corp.example'] })
  })

  test('narrows by person, account, role, rule, tag and what is unused', async () => {
    const carol = await signedIn(stage, 'carol')
    const names = async (query: string) =>
      (await reviewBy(carol.api, query)).body.people.map(
        ({ user, roles }: { user: string; roles: number }) => [user.split('@')[0], roles],
      )
    assert.deepEqual(await names('?person=ALICE'), [['alice', 2]])
    assert.deepEqual(await names('?rule=with-second-factor'), [['bob', 1]])
    assert.deepEqual(await names('?role=Admin&unused=true'), [
      ['bob', 1],
      ['sam', 1],
    ])
    assert.deepEqual(await names(`?role=${encodeURIComponent(admin)}&person=sam`), [['sam', 1]])
    assert.equal((await names('?account=444455556666')).length, 4)
    assert.deepEqual(await names('?tag=env%3Dno-such'), [])
    const page = await reviewBy(carol.api, '?limit=3')
    const next = await reviewBy(carol.api, `?limit=3&cursor=${page.body.next}`)
    const both = [...page.body.people, ...next.body.people].map(({ user }: { user: string }) => user)
    assert.deepEqual([both.length, new Set(both).size, next.body.next], [4, 4, undefined])
    for (const query of ['?days=0', '?days=x', '?days=401', '?tag=env', '?cursor=-1', '?limit=0', '?user=x'])
      assert.equal((await carol.api('GET', `/api/v1/review${query}`)).status, 400, query)
  })

  test('what was used is unused when the days are over', async () => {
    const carol = await signedIn(stage, 'carol')
    stage.advance(40 * day)
    const again = await signedIn(stage, 'carol')
    await signedIn(stage, 'alice')
    assert.equal((await carol.api('GET', '/api/v1/me')).status, 401)
    assert.equal((await rowOf(again.api, 'alice', '?days=90')).unused, 1)
    assert.equal((await rowOf(again.api, 'alice', '?days=30')).unused, 2)
    const { body } = await reviewBy(again.api, '?days=30')
    assert.ok(codes(body).includes('rule_unused admins'))
    assert.ok(!body.people.some(({ user }: { user: string }) => user.startsWith('bob@')), 'not seen since')
  })

  test('somebody who is locked and still matches is a finding', async () => {
    const sam = await signedIn(stage, 'sam')
    const { status } = await sam.api('PUT', '/api/v1/locks', { user: 'bob@corp.example', reason: 'left' })
    assert.equal(status, 200)
    anew(stage)
    const { body } = await reviewBy(sam.api)
    const found = body.findings.find(({ code }: { code: string }) => code === 'locked_person')
    assert.deepEqual(found.names, ['bob@corp.example'])
    assert.equal((await rowOf(sam.api, 'bob')).shutOut, true)
  })

  test('leaves as a spreadsheet, a document and JSON, and each export is in the trail', async () => {
    const carol = await signedIn(stage, 'carol')
    await reviewBy(carol.api)
    const csv = await carol.api('GET', '/api/v1/review/export?format=csv')
    assert.equal(csv.status, 200)
    assert.match(csv.headers.get('content-disposition') ?? '', /^attachment; filename="review-.*\.csv"$/)
    const lines = csv.body.trimEnd().split('\r\n')
    assert.match(lines[0], /^person,identity_provider,role_arn,/)
    assert.equal(lines.length, 1 + 2 + 3 + 1 + 2)
    assert.deepEqual((await last(stage, 'review_exported')).format, 'csv')
    const markdown = await carol.api('GET', '/api/v1/review/export?format=markdown&person=alice')
    assert.match(markdown.body, /^# Review of access/)
    assert.match(markdown.body, /\| alice@corp\.example \| Admin \|/)
    const { body } = await carol.api('GET', '/api/v1/review/export?format=json')
    assert.equal(body.grants.length, 8)
    assert.equal((await carol.api('GET', '/api/v1/review/export?format=xlsx')).status, 400)
    const all = (await stage.audit()).filter(({ type }) => type === 'review_exported')
    assert.deepEqual(
      all.map(({ format, user }) => [format, user]),
      ['csv', 'markdown', 'json'].map((format) => [format, 'carol@corp.example']),
    )
  })
})

describe('a sign-off', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage({ people, config: reviewed })
    for (const name of ['alice', 'bob', 'sam']) await signedIn(stage, name)
  })
  after(() => stage.close())

  test('is written down with what was shown, and shown the next time with what changed since', async () => {
    const carol = await signedIn(stage, 'carol')
    const { ref } = await rowOf(carol.api, 'alice')
    const { digest } = await subjectOf(carol.api, 'person', ref)
    const signed = await signOff(carol.api, 'person', ref)
    assert.equal(signed.status, 200, JSON.stringify(signed.body))
    const event = await last(stage, 'review_signed_off')
    assert.deepEqual(
      [event.user, event.about, event.person, event.decision, event.note, event.digest, event.grants],
      ['carol@corp.example', 'person', 'alice@corp.example', 'kept', 'fine', digest, 2],
    )
    const trail = await carol.person.get(`${stage.url}/audit?type=review_signed_off`)
    assert.match(trail.text, /signed off the person alice@corp\.example: kept/)
    const row = await rowOf(carol.api, 'alice')
    assert.deepEqual(
      [row.signOff.by, row.signOff.decision, row.signOff.changes],
      ['carol@corp.example', 'kept', undefined],
    )
    const before = people[0]?.groups as string[]
    before.push('ops')
    await signedIn(stage, 'alice')
    const after = await subjectOf(carol.api, 'person', ref)
    assert.deepEqual(after.changes, { more: 1, fewer: 0, otherTerms: false })
    assert.equal(after.signOffs.length, 1)
  })

  test('counts only for what was shown', async () => {
    const carol = await signedIn(stage, 'carol')
    const { ref } = await rowOf(carol.api, 'bob')
    const old = await signOff(carol.api, 'person', ref, { digest: 'something-else' })
    assert.deepEqual([old.status, old.body.code], [409, 'review_changed'])
    const { signOffs } = await subjectOf(carol.api, 'person', ref)
    assert.deepEqual(signOffs, [])
  })

  test('nobody gives of themself, under any of their names', async () => {
    const sam = await signedIn(stage, 'sam')
    const { ref } = await rowOf(sam.api, 'sam')
    const own = await signOff(sam.api, 'person', ref)
    assert.deepEqual([own.status, own.body.code], [403, 'own_review'])
    for (const [kind, id] of [
      ['rule', 'admins'],
      ['account', '111122223333'],
    ] as const) {
      assert.match((await subjectOf(sam.api, kind, id)).refused, /yourself/)
      assert.equal((await signOff(sam.api, kind, id)).body.code, 'own_review', kind)
    }
    const carol = await signedIn(stage, 'carol')
    assert.equal((await signOff(carol.api, 'rule', 'admins')).status, 200)
    assert.equal((await signOff(carol.api, 'account', '111122223333')).status, 200)
    assert.equal(
      (await signOff(carol.api, 'account', '444455556666')).body.code,
      'own_review',
      'everybody has it',
    )
  })

  test('is a person’s, never a program’s nor an agent’s', async () => {
    const carol = await signedIn(stage, 'carol')
    const { ref } = await rowOf(carol.api, 'bob')
    carol.program.runBy = 'some-agent'
    const signed = await signOff(carol.api, 'person', ref)
    assert.deepEqual([signed.status, signed.body.code], [403, 'not_entitled'])
  })

  test('that something shall go says what, changes no rule, and stands in a list', async () => {
    const carol = await signedIn(stage, 'carol')
    const { ref } = await rowOf(carol.api, 'bob')
    const wordless = await signOff(carol.api, 'person', ref, { decision: 'to_be_removed', note: ' ' })
    assert.equal(wordless.status, 400)
    const note = 'Admin: moved to another team'
    assert.equal((await signOff(carol.api, 'person', ref, { decision: 'to_be_removed', note })).status, 200)
    assert.equal((await rowOf(carol.api, 'bob')).roles, 3, 'he has what he had')
    const { body } = await carol.api('GET', '/api/v1/review/sign-offs?decision=to_be_removed')
    assert.deepEqual(
      body.signOffs.map(
        ({
          kind,
          name,
          signOffs: [latest],
        }: {
          kind: string
          name: string
          signOffs: { note: string }[]
        }) => [kind, name, latest?.note],
      ),
      [['person', 'bob@corp.example', note]],
    )
    const page = await carol.person.get(`${stage.url}/review/to-be-removed`)
    assert.match(page.text, /bob@corp\.example/)
  })

  test('twice in a moment is once', async () => {
    const carol = await signedIn(stage, 'carol')
    const { ref } = await rowOf(carol.api, 'sam')
    await signOff(carol.api, 'person', ref)
    await signOff(carol.api, 'person', ref)
    assert.equal((await subjectOf(carol.api, 'person', ref)).signOffs.length, 1)
  })

  test('are listed page by page, the latest first, each of them once', async () => {
    const carol = await signedIn(stage, 'carol')
    for (const name of ['alice', 'bob', 'sam']) {
      stage.advance(1)
      await signOff(carol.api, 'person', (await rowOf(carol.api, name)).ref, { note: 'page by page' })
    }
    const names: string[] = []
    let query = '?limit=1'
    for (let pages = 0; pages < 20; pages++) {
      const { body } = await carol.api('GET', `/api/v1/review/sign-offs${query}`)
      names.push(...body.signOffs.map(({ name }: { name: string }) => name.split('@')[0]))
      if (body.next === undefined) break
      query = `?limit=1&cursor=${body.next}`
    }
    assert.deepEqual(names.slice(0, 3), ['sam', 'bob', 'alice'])
    assert.equal(new Set(names).size, names.length, names.join())
    for (const bad of ['cursor=x', 'cursor=1-..............', 'limit=0'])
      assert.equal((await carol.api('GET', `/api/v1/review/sign-offs?${bad}`)).status, 400, bad)
  })

  test('survives a restart', async () => {
    await stage.restart()
    const carol = await signedIn(stage, 'carol')
    const row = await rowOf(carol.api, 'sam')
    assert.equal(row.signOff.by, 'carol@corp.example')
  })

  test('is a form of a page, and its answer comes from nowhere else', async () => {
    const { person } = await signedIn(stage, 'carol')
    const list = await person.get(`${stage.url}/review?person=alice`)
    const href = /href="(\/review\/people\/[^"]+)"/.exec(list.text)?.[1]
    const page = await person.get(stage.url + href)
    assert.match(page.text, /kept by carol@corp\.example/)
    const form = page.forms.findIndex(({ fields }) => 'digest' in fields)
    const forged = await person.post(stage.url + href, {
      decision: 'kept',
      note: 'x',
      digest: 'y',
      csrf: 'forged',
    })
    assert.equal(forged.status, 403)
    const done = await person.follow(
      await person.submit(page, { decision: 'to_be_removed', note: 'Audit' }, form),
    )
    assert.match(done.text, /to be removed, by carol@corp\.example today/)
  })
})
