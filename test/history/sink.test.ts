import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { createEvents, type NewEvent, verifyParts } from '../../src/events/index.ts'
import { createHistory, openChains } from '../../src/history/index.ts'
import { type PostgresServer, startPostgres } from '../postgres.ts'
import { start } from './samples.ts'

let server: PostgresServer
before(async () => {
  server = await startPostgres()
})
after(() => server?.stop())

const event: NewEvent = { type: 'warning', message: 'something happened' }
const deps = { random: randomBytes, warn: () => {} }

/** A node whose audit trail is the database. */
async function nodeOf(database: string, node: string, now = start) {
  const history = await createHistory(
    { database, node, required: true, retention: 86_400 * 400 },
    { ...deps, clock: () => now },
  )
  const events = createEvents({ clock: () => start, random: randomBytes, sinks: [history.sink()] })
  return { history, events }
}

async function verdicts(database: string) {
  const { chains, close } = await openChains(database, deps)
  const found = []
  for (const { node, part, head } of chains) found.push({ node, ...(await verifyParts([part], head)) })
  await close()
  return found
}

test('two nodes have a chain each in the database, and either is whole, also across restarts', async () => {
  const database = await server.database()
  for (let round = 0; round < 2; round++) {
    const nodes = await Promise.all(['a', 'b'].map((name) => nodeOf(database, name)))
    await Promise.all(nodes.flatMap(({ events }) => Array.from({ length: 20 }, () => events.emit(event))))
    assert.equal((await nodes[0]?.history.search({}, { limit: 500 }))?.records.length, 40 * (round + 1))
    for (const { events, history } of nodes) await events.close().then(() => history.close())
  }
  assert.deepEqual(
    (await verdicts(database)).map(({ node, ok, ...more }) => [node, ok, 'lines' in more && more.lines]),
    [
      ['a', true, 40],
      ['b', true, 40],
    ],
  )
})

test('a record that was edited, removed, or cut off from the end is noticed in the database as well', async () => {
  for (const [change, reason] of [
    [
      `update records set line = replace(line, 'something', 'nothing') where seq = 2`,
      /line before was changed/,
    ],
    ['delete from records where seq = 2', /line number 3 follows 1/],
    ['delete from records where seq = 3', /ends with number 2, but 3 was anchored/],
  ] as const) {
    const database = await server.database()
    const { events, history } = await nodeOf(database, 'a')
    for (let count = 0; count < 3; count++) await events.emit(event)
    await events.close()
    await history.close()
    await server.query(database, change)
    const [verdict] = await verdicts(database)
    assert.ok(verdict && !verdict.ok)
    assert.match(verdict.reason, reason)
  }
})

test('a node that was silent for longer than is remembered has a whole chain, and goes on with it', async () => {
  const database = await server.database()
  const silent = await nodeOf(database, 'silent')
  for (let count = 0; count < 3; count++) await silent.events.emit(event)
  await silent.events.close()
  await silent.history.close()
  const later = await nodeOf(database, 'other', start + 401 * 86_400_000)
  const rows = async () =>
    (await server.query(database, 'select seq from records')).map(({ seq }) => Number(seq))
  for (let tries = 0; tries < 50 && (await rows()).length > 1; tries++)
    await new Promise((resolve) => setTimeout(resolve, 20))
  await later.history.close()
  assert.deepEqual(await rows(), [3])
  const [whole] = await verdicts(database)
  assert.deepEqual(whole?.ok, true, JSON.stringify(whole))
  const again = await nodeOf(database, 'silent')
  await again.events.emit(event)
  await again.events.close()
  await again.history.close()
  const [verdict] = await verdicts(database)
  assert.ok(verdict?.ok && verdict.end.seq === 4 && verdict.start.seq === 2)
})

test('nothing happens that the database does not hold: while it is away events are refused, and then taken again', async () => {
  const database = await server.database()
  const { events, history } = await nodeOf(database, 'a')
  await events.emit(event)
  await server.kill()
  await assert.rejects(events.emit(event), { code: 'audit_unavailable' })
  await assert.rejects(nodeOf(database, 'b'), /the history at 127\.0\.0\.1:\d+ cannot be used/)
  await server.restart()
  await events.ready()
  await events.emit(event)
  await events.close()
  await history.close()
  assert.deepEqual(
    (await verdicts(database)).map(({ ok }) => ok),
    [true],
  )
})

test('a password that is wrong is said without the password', async () => {
  const database = (await server.database()).replace(':n0t-a-secret@', ':wr0ng-one@')
  await assert.rejects(nodeOf(database, 'a'), (error: Error) => {
    assert.match(error.message, /cannot be used: .*password authentication failed/)
    return !error.message.includes('wr0ng')
  })
})
