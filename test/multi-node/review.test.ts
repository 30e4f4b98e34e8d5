import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { signedIn } from '../flows/people-stage.ts'
import { reviewed, rowOf, signOff, subjectOf } from '../flows/review-stage.ts'
import { type PostgresServer, startPostgres } from '../postgres.ts'
import { somebody } from '../stage.ts'
import { startTwoNodes, type TwoNodes, withHistoryIn } from './two-nodes.ts'

const admin = 'arn:aws:iam::111122223333:role/Admin'
const people = [
  somebody('alice', 'admins'),
  somebody('bob', 'admins'),
  somebody('carol', 'security'),
  somebody('dora', 'security'),
]

describe('a review on two nodes that share a history in PostgreSQL', () => {
  let postgres: PostgresServer
  let nodes: TwoNodes
  before(async () => {
    postgres = await startPostgres()
    const database = await postgres.database()
    nodes = await startTwoNodes({
      people,
      config: (yaml) => withHistoryIn(database, reviewed(yaml)),
    })
  })
  after(async () => {
    await nodes?.close()
    await postgres?.stop()
  })

  test('what was taken on one node counts as used on the other', async () => {
    nodes.steer('a')
    const alice = await signedIn(nodes, 'alice')
    assert.equal((await alice.api('POST', '/api/v1/credentials', { role: admin })).status, 200)
    const carol = await signedIn(nodes, 'carol')
    nodes.steer('b')
    let used: { times: number } | undefined
    // The other node reads its own file into the database, a moment later.
    for (let tries = 0; tries < 100 && !used?.times; tries++) {
      const { ref } = await rowOf(carol.api, 'alice')
      const { grants } = await subjectOf(carol.api, 'person', ref)
      used = grants.find(({ roleArn }: { roleArn: string }) => roleArn === admin)
      if (!used?.times) await new Promise((resolve) => setTimeout(resolve, 50))
    }
    assert.equal(used?.times, 1)
  })

  test('sign-offs raced on both nodes are all kept, each with its event', async () => {
    nodes.steer('a')
    await signedIn(nodes, 'bob')
    const auditors = [await signedIn(nodes, 'carol'), await signedIn(nodes, 'dora')]
    const first = auditors[0]
    assert.ok(first)
    const { ref } = await rowOf(first.api, 'bob')
    nodes.steer('both')
    const all = await Promise.all(
      auditors.flatMap(({ api }, index) =>
        [0, 1, 2].map((turn) => signOff(api, 'person', ref, { note: `${index} ${turn}` })),
      ),
    )
    assert.deepEqual(
      all.map(({ status }) => status),
      all.map(() => 200),
    )
    const { signOffs } = await subjectOf(first.api, 'person', ref)
    const notes = ['0 0', '0 1', '0 2', '1 0', '1 1', '1 2']
    assert.deepEqual(signOffs.map(({ note }: { note: string }) => note).sort(), notes)
    const events = [...(await nodes.audit('a')), ...(await nodes.audit('b'))]
    const signed = events.filter(({ type }) => type === 'review_signed_off')
    assert.deepEqual(signed.map(({ note }) => note).sort(), notes)
    const on = async (name: 'a' | 'b') =>
      (await nodes.audit(name)).filter(({ type }) => type === 'review_signed_off').length
    assert.ok((await on('a')) > 0 && (await on('b')) > 0, 'both nodes took some')
  })
})
