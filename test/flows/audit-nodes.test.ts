import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type PostgresServer, startPostgres } from '../postgres.ts'
import { type Stage, startStage } from '../stage.ts'
import { Program } from './program.ts'

const admin = 'arn:aws:iam::111122223333:role/Admin'

describe('two bridges on one PostgreSQL', () => {
  let server: PostgresServer
  let [a, b]: Stage[] = []
  before(async () => {
    server = await startPostgres()
    const url = await server.database()
    const start = (node: string) =>
      startStage({ config: (yaml) => `${yaml}\nhistory: ${url}\nnode: ${node}\n` })
    a = await start('bridge-a')
    b = await start('bridge-b')
  })
  after(async () => {
    await Promise.all([a?.close(), b?.close()])
    await server?.stop()
  })

  test('an auditor at one finds and follows what happens at the other; others see none of it', async () => {
    assert.ok(a && b)
    const [here, there] = [new Program(a), new Program(b)]
    const carol = (await here.signIn('carol')).body.access_token
    const follow = (await here.api('GET', '/api/v1/audit?limit=1', carol)).body.follow
    const alice = (await there.signIn('alice')).body.access_token
    const taken = await there.api('POST', '/api/v1/credentials', alice, { role: admin })
    assert.equal(taken.status, 200)
    // Asked for at its own node, it is in the database both share.
    assert.equal((await there.api('GET', '/api/v1/audit?limit=1', alice)).body.records[0].node, 'bridge-b')
    const query = `type=credentials_issued&access_key=${taken.body.accessKeyId}`
    for (const path of [`/api/v1/audit?${query}`, `/api/v1/audit?${query}&after=${follow}`]) {
      const { body } = await here.api('GET', path, carol)
      assert.deepEqual(
        body.records.map(({ node, user }: { node: string; user: string }) => [node, user]),
        [['bridge-b', 'alice@corp.example']],
      )
    }
    // The same name at another identity provider is somebody else.
    const other = (await here.signIn('alice')).body.access_token
    assert.deepEqual((await here.api('GET', `/api/v1/audit?${query}`, other)).body.records, [])
  })
})
