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
async function nodeOf(database: string, node: string, clock = () => start) {
  const history = await createHistory(
    { database, node, required: true, retention: 86_400 * 400 },
    { ...deps, clock },
  )
  const events = createEvents({ clock, random: randomBytes, sinks: [history.sink()] })
  return { history, events, close: () => events.close().then(() => history.close()) }
}

/** Long before the server's own clock, whenever this runs. */
const longAgo = Date.UTC(2020, 0, 1)

async function seqsOf(database: string) {
  const rows = await server.query(database, 'select seq from records order by seq')
  return rows.map(({ seq }) => Number(seq))
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
  const silent = await nodeOf(database, 'silent', () => longAgo)
  for (let count = 0; count < 3; count++) await silent.events.emit(event)
  await silent.close()
  const later = await nodeOf(database, 'other', () => longAgo + 401 * 86_400_000)
  await later.close()
  assert.deepEqual(await seqsOf(database), [3])
  const [whole] = await verdicts(database)
  assert.deepEqual(whole?.ok, true, JSON.stringify(whole))
  const again = await nodeOf(database, 'silent')
  await again.events.emit(event)
  await again.close()
  const [verdict] = await verdicts(database)
  assert.ok(verdict?.ok && verdict.end.seq === 4)
})

test('a node whose clock runs ahead takes no records away that are young by the server’s', async () => {
  const database = await server.database()
  const sound = await nodeOf(database, 'sound', Date.now)
  await sound.events.emit(event)
  await sound.events.emit(event)
  await sound.close()
  const ahead = await nodeOf(database, 'ahead', () => Date.UTC(2200, 0, 1))
  await ahead.events.emit(event)
  await ahead.close()
  assert.deepEqual(await seqsOf(database), [1, 1, 2])
})

test('records of a clock that was wrong for a while leave in their place of the chain, which stays whole', async () => {
  const database = await server.database()
  const young = longAgo + 300 * 86_400_000
  const times = [longAgo, longAgo, young, 0, young, young]
  const writer = await nodeOf(database, 'a', () => times[0] ?? young)
  while (times.length > 0) {
    await writer.events.emit(event)
    times.shift()
  }
  await writer.close()
  await (await nodeOf(database, 'b', () => longAgo + 401 * 86_400_000)).close()
  assert.deepEqual(await seqsOf(database), [3, 4, 5, 6])
  assert.deepEqual(
    (await verdicts(database)).map(({ ok }) => ok),
    [true],
  )
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
