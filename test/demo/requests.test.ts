import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Someone } from '../flows/requests-stage.ts'
import { Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'

const role = 'arn:aws:iam::111122223333:role/Operator'

let stage: Stage
before(async () => {
  stage = await startStage()
})
after(() => stage?.close())

test('in the demo bob asks for a role, alice allows it, bob starts, takes and loses it by carol', async () => {
  const [bob, alice, carol] = await Promise.all(
    ['bob', 'alice', 'carol'].map((name) => Someone.of(stage, name)),
  )
  assert.ok(bob && alice && carol)
  const portal = await new Person().signIn(stage.url, 'bob', 'bob')
  assert.match(portal.text, />Ask for it</)
  const { id } = (await bob.ask({ role: 'Operator', reason: 'the disk is full' })).body
  assert.equal((await bob.step(id, 'approve')).body.code, 'own_request')
  assert.equal((await carol.step(id, 'approve')).body.code, 'not_entitled')
  assert.equal((await alice.step(id, 'approve')).body.state, 'approved')
  assert.equal((await bob.take({ role })).body.code, 'request_required')
  assert.equal((await bob.step(id, 'activate')).body.state, 'active')
  const taken = await bob.take({ role })
  assert.equal(taken.status, 200, JSON.stringify(taken.body))
  assert.equal((await carol.step(id, 'end', { reason: 'enough' })).body.state, 'ended')
  assert.equal((await bob.take({ role })).body.code, 'request_required')
})
