import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Stage, somebody, startStage, withRules } from '../stage.ts'
import { signedIn } from './people-stage.ts'
import { admin, reviewBy, rowOf, subjectOf } from './review-stage.ts'

const people = [
  somebody('alice', 'sre'),
  somebody('lea', 'sre', 'leads'),
  somebody('lou', 'sre', 'leads', 'on-call'),
  somebody('carol', 'security'),
  somebody('max', ...Array.from({ length: 3001 }, (_, index) => `group-${index}`)),
]
const config = withRules(`auditors: { groups: '^security$' }
rules:
  - id: asked
    match: { groups: '^sre$' }
    grant: { role: '${admin}' }
    request: { approvers: { groups: '^leads$' }, approvals: 2, breakGlass: { groups: '^on-call$' } }
  - id: nobody-allows
    match: { groups: '^sre$' }
    grant: { role: 'arn:aws:iam::111122223333:role/Other' }
    request: { approvers: { groups: '^no-such-group$' } }
`)

describe('a review of what others must allow', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage({ people, config })
    for (const { username } of people) await signedIn(stage, username)
  })
  after(() => stage.close())

  test('says who may allow it, who could do so for each other, and who needs nobody', async () => {
    const carol = await signedIn(stage, 'carol')
    const { body } = await reviewBy(carol.api)
    const [asked, other] = body.approvals
    const both = ['lea@corp.example', 'lou@corp.example']
    assert.deepEqual([asked.rule, asked.needed, asked.approvers.names.sort()], ['asked', 2, both])
    assert.deepEqual(asked.eachOther.names.sort(), both)
    assert.deepEqual(asked.breakGlass.names, ['lou@corp.example'])
    assert.equal(other.approvers.count, 0)
    const found = body.findings.map(({ code, rule }: { code: string; rule: string }) => `${code} ${rule}`)
    assert.ok(found.includes('no_approver nobody-allows'), found.join())
    assert.ok(found.includes('too_few_approvers asked'), found.join())
    assert.ok(!found.includes('standing_administrator asked'), found.join())
  })

  test('says of whom not everything was kept, so that nobody takes it for all', async () => {
    const carol = await signedIn(stage, 'carol')
    const { body } = await reviewBy(carol.api)
    const found = body.findings.find(({ code }: { code: string }) => code === 'partly_known')
    assert.deepEqual(found?.names, ['max@corp.example'])
  })

  test('counts a role that can be asked for as within reach', async () => {
    const carol = await signedIn(stage, 'carol')
    const row = await rowOf(carol.api, 'alice')
    assert.deepEqual([row.roles, row.onRequest, row.locked], [2, 2, 0])
    const { grants } = await subjectOf(carol.api, 'person', row.ref)
    assert.ok(
      grants.every(({ how, asked }: { how: string; asked: boolean }) => how === 'on_request' && asked),
    )
  })
})
