import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { rulesWith, Someone } from '../flows/requests-stage.ts'
import { somebody, withRules } from '../stage.ts'
import { everySharedStore, startTwoNodes, type TwoNodes } from './two-nodes.ts'

const names = Array.from({ length: 10 }, (_, index) => `lead-${index}`)
const people = [somebody('sam', 'sre'), ...names.map((name) => somebody(name, 'leads'))]

for (const store of everySharedStore)
  describe(`a request on two nodes with one ${store}`, () => {
    let nodes: TwoNodes
    let sam: Someone
    let leads: Someone[]
    before(async () => {
      const rules = rulesWith('approvals: 3\nsecondFactor: false')
      nodes = await startTwoNodes({ people, config: withRules(rules), store })
      nodes.steer('a')
      sam = await Someone.of(nodes, 'sam')
      leads = []
      for (const name of names) leads.push(await Someone.of(nodes, name))
    })
    after(() => nodes?.close())

    const told = async (id: string, type: string) =>
      [...(await nodes.audit('a')), ...(await nodes.audit('b'))].filter(
        (event) => event.type === type && event.request === id,
      )
    const good = (answers: readonly { status: number }[]) => answers.filter(({ status }) => status === 200)

    test('raced by ten approvers is allowed by three of them, once each, and starts once', async () => {
      nodes.steer('both')
      const { id } = (await sam.ask()).body
      const answers = await Promise.all(leads.map((lead) => lead.step(id, 'approve')))
      assert.equal(good(answers).length, 3, JSON.stringify(answers.map(({ body }) => body)))
      const approved = await told(id, 'access_approved')
      assert.deepEqual(approved.map(({ approvals }) => approvals).sort(), [1, 2, 3])
      assert.equal(new Set(approved.map(({ user }) => user)).size, 3)
      await Promise.all(names.map(() => sam.step(id, 'activate')))
      assert.equal((await told(id, 'access_activated')).length, 1)
      assert.equal((await sam.step(id, 'end')).body.state, 'ended')
    })

    test('that one approver allows ten times at once has been allowed by one', async () => {
      nodes.steer('both')
      const { id } = (await sam.ask()).body
      const [lead] = leads as [Someone]
      const answers = await Promise.all(names.map(() => lead.step(id, 'approve')))
      assert.equal(good(answers).length, 1, JSON.stringify(answers.map(({ body }) => body)))
      assert.equal((await told(id, 'access_approved')).length, 1)
      assert.equal((await sam.step(id, 'activate')).status, 409)
    })
  })
