import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { type Stage, somebody, startStage } from '../stage.ts'
import { signedIn } from './people-stage.ts'
import { reviewBy, reviewed, rowOf, signOff, subjectOf } from './review-stage.ts'

const people = [
  somebody('alice', 'admins'),
  somebody('bob', 'admins', 'ops'),
  somebody('carol', 'security'),
  somebody('lee', 'leads'),
  somebody('sam', 'secops'),
]

describe('somebody who reviews, and should not be trusted with it', () => {
  let stage: Stage
  before(async () => {
    const asked = (yaml: string) =>
      reviewed(yaml).concat(`  - id: asked
    match: { groups: '^ops$' }
    grant: { role: 'arn:aws:iam::111122223333:role/Asked', maxDuration: 2h }
    request: { approvers: { groups: '^leads$' }, approvals: 2 }
`)
    stage = await startStage({ people, config: asked })
    for (const name of ['alice', 'bob', 'lee', 'sam']) await signedIn(stage, name)
  })
  after(() => stage.close())

  /** Another configuration, read without a restart. */
  async function rewritten(change: (yaml: string) => string) {
    const { configFile } = stage.world
    const yaml = await readFile(configFile, 'utf8')
    assert.notEqual(change(yaml), yaml)
    await writeFile(configFile, change(yaml), { mode: 0o600 })
    assert.ok((await stage.running.reload('command')).ok)
  }

  test('leaves a trace, also when they begin with the second page', async () => {
    const carol = await signedIn(stage, 'carol')
    await reviewBy(carol.api)
    const reads = async () =>
      (await stage.audit()).filter(({ type, what }) => type === 'review_read' && what === 'review')
    const before = (await reads()).length
    const { body } = await reviewBy(carol.api, '?cursor=1&limit=500')
    assert.ok(body.people.length > 0)
    assert.equal((await reads()).length, before + 1)
  })

  test('is told that a filter says nothing, instead of being shown everybody', async () => {
    const carol = await signedIn(stage, 'carol')
    for (const query of ['?unused=yes', '?unused=1', '?unused=TRUE'])
      assert.equal((await carol.api('GET', `/api/v1/review${query}`)).status, 400, query)
    assert.equal((await reviewBy(carol.api, '?unused=false')).status, 200)
  })

  test('reads beside the form, as they filled it in, what is wrong with a filter', async () => {
    const { person } = await signedIn(stage, 'carol')
    for (const [name, word, say] of [
      ['rule', 'askd', 'The configuration has no rule askd. Do you mean asked?'],
      ['account', '<b>', 'The configuration has no account &lt;b&gt;.'],
      ['days', '401', 'days must be a whole number from 1 to 400.'],
      ['days', 'soon', 'days must be a whole number of days.'],
      ['tag', 'env', 'tag must be a tag and its value, such as env=prod.'],
    ] as const) {
      const page = await person.get(
        `${stage.url}/review?${new URLSearchParams({ person: 'lee', [name]: word })}`,
      )
      assert.equal(page.status, 400, word)
      assert.ok(page.text.includes(`<p class="fault" role="alert">${say}</p>`), page.text)
      const form = page.forms.find(({ fields }) => 'person' in fields)
      assert.deepEqual([form?.fields.person, form?.fields[name]], ['lee', word])
      assert.doesNotMatch(page.text, /class="totals"/)
    }
  })

  test('signs off nothing by a form without a decision', async () => {
    const carol = await signedIn(stage, 'carol')
    const { ref } = await rowOf(carol.api, 'lee')
    const page = await carol.person.get(`${stage.url}/review/people/${ref}`)
    const form = page.forms.find(({ fields }) => 'digest' in fields)
    assert.ok(form)
    const { csrf = '', digest = '' } = form.fields as Record<string, string>
    const bad = await carol.person.post(`${stage.url}/review/people/${ref}`, {
      ...{ csrf, digest, decision: 'Kept', note: 'fine' },
    })
    assert.equal(bad.status, 400)
    assert.deepEqual((await subjectOf(carol.api, 'person', ref)).signOffs, [])
  })

  test('is shown that roles come on other terms than those that somebody signed off', async () => {
    const carol = await signedIn(stage, 'carol')
    const { ref } = await rowOf(carol.api, 'bob')
    const account = ['account', '111122223333'] as const
    const sign = async () => {
      assert.equal((await signOff(carol.api, 'person', ref)).status, 200)
      assert.equal((await signOff(carol.api, ...account)).status, 200)
    }
    const changes = async () => {
      await reviewBy(carol.api)
      return [
        (await subjectOf(carol.api, 'person', ref)).changes,
        (await subjectOf(carol.api, ...account)).changes,
      ]
    }
    const otherTerms = { more: 0, fewer: 0, otherTerms: true }
    await sign()
    assert.deepEqual(await changes(), [undefined, undefined])
    await rewritten((yaml) => yaml.replace('approvals: 2', 'approvals: 1'))
    assert.deepEqual(await changes(), [otherTerms, otherTerms], 'fewer must allow it')
    await sign()
    await rewritten((yaml) => yaml.replace(/\n *condition: .*MultiFactorAuthPresent.*/, ''))
    assert.deepEqual(await changes(), [otherTerms, otherTerms], 'no second factor is needed')
  })

  test('whoever is locked may allow nothing, and is not counted among those who may', async () => {
    const sam = await signedIn(stage, 'sam')
    const lock = { user: 'lee@corp.example', reason: 'left' }
    assert.equal((await sam.api('PUT', '/api/v1/locks', lock)).status, 200)
    stage.advance(301)
    const { body } = await reviewBy(sam.api)
    const { approvers } = body.approvals.find(({ rule }: { rule: string }) => rule === 'asked')
    assert.equal(approvers.count, 0)
    assert.ok(body.findings.some(({ code }: { code: string }) => code === 'no_approver'))
  })

  test('a double click signs off once', async () => {
    const carol = await signedIn(stage, 'carol')
    const { ref } = await rowOf(carol.api, 'sam')
    const { digest } = await subjectOf(carol.api, 'person', ref)
    const wish = { kind: 'person', id: ref, digest, decision: 'kept', note: 'twice' }
    const both = [0, 1, 2].map(() => carol.api('POST', '/api/v1/review/sign-offs', wish))
    for (const { status } of await Promise.all(both)) assert.equal(status, 200)
    const events = (await stage.audit()).filter(({ note }) => note === 'twice')
    assert.equal((await subjectOf(carol.api, 'person', ref)).signOffs.length, 1)
    assert.equal(events.length, 1)
  })

  test('finds nothing under what is no account and no rule', async () => {
    const carol = await signedIn(stage, 'carol')
    for (const path of ['account/x', 'account/1111222233334', 'rule/no-such-rule', 'account/__proto__'])
      assert.equal((await carol.api('GET', `/api/v1/review/subjects/${path}`)).status, 404, path)
  })
})
