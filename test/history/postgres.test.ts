import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createHistory } from '../../src/history/index.ts'
import { type PostgresServer, startPostgres } from '../postgres.ts'
import { historyConformance } from './conformance.ts'
import { auditFile, handOut, start } from './samples.ts'

let server: PostgresServer
let folder: string
before(async () => {
  server = await startPostgres()
  folder = await mkdtemp(join(tmpdir(), 'rolebridge-postgres-history-'))
})
after(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

historyConformance(() => server.database())

/** A history of a file of its own in this database. */
async function follow(database: string, node: string) {
  const file = join(folder, `${node}.jsonl`)
  const warnings: string[] = []
  const history = await createHistory(
    { database, node, file, retention: 86_400 * 400 },
    { clock: () => start, random: randomBytes, warn: (message) => void warnings.push(message) },
  )
  return { history, trail: auditFile(file), warnings }
}

const cursorsOf = async (history: Awaited<ReturnType<typeof createHistory>>) => {
  const ids: string[] = []
  let cursor: string | undefined
  for (;;) {
    const page = await history.after(cursor, 100)
    if (page.next === cursor) return ids
    ids.push(...page.records.map(({ record }) => record.id))
    cursor = page.next
  }
}

test('while the server is away questions are refused as history_unavailable, and nothing is lost when it is back', async () => {
  const { history, trail, warnings } = await follow(await server.database(), 'away')
  await trail.add([handOut(1)])
  await history.caughtUp(20_000)
  await server.kill()
  await trail.add([handOut(2)])
  await history.caughtUp(20_000)
  await assert.rejects(history.search({}, { limit: 1 }), { code: 'history_unavailable' })
  await assert.rejects(history.ready(), { code: 'history_unavailable' })
  const { failure, bytes } = await history.lag()
  assert.ok(failure && bytes > 0, 'it says that it is behind, and why')
  assert.match(warnings.join('\n'), /cannot take events in, and tries again/)
  await server.restart()
  // It tries again by itself, a second after the first failure.
  while ((await history.lag()).bytes > 0) await history.caughtUp(1000)
  assert.deepEqual(await cursorsOf(history), ['event-1', 'event-2'])
  await history.close()
})

test('two nodes write into one database at once, and a reader of both never misses a record', async () => {
  const database = await server.database()
  const nodes = await Promise.all(['one', 'two'].map((name) => follow(database, name)))
  const reader = await follow(database, 'reader')
  const seen: string[] = []
  let cursor: string | undefined
  const read = async () => {
    const page = await reader.history.after(cursor, 50)
    seen.push(...page.records.map(({ record }) => record.id))
    cursor = page.next
  }
  const write = nodes.map(async ({ history, trail }, node) => {
    for (let round = 0; round < 40; round++) {
      await trail.add([
        handOut(round, { id: `${node}-${round}-a` }),
        handOut(round, { id: `${node}-${round}-b` }),
      ])
      await history.caughtUp(20_000)
    }
  })
  const done = Promise.all(write)
  let written = false
  void done.then(() => {
    written = true
  })
  while (!written) await read()
  await done
  for (let before = -1; before !== seen.length; ) {
    before = seen.length
    await read()
  }
  assert.equal(seen.length, 160)
  for (const node of [0, 1]) {
    const own = seen.filter((id) => id.startsWith(`${node}-`))
    assert.deepEqual(
      own,
      Array.from({ length: 80 }, (_, index) => `${node}-${index >> 1}-${index % 2 ? 'b' : 'a'}`),
    )
  }
  await Promise.all([...nodes, reader].map(({ history }) => history.close()))
})

test('two bridges of one name are told apart by nobody, so the second one says what to do', async () => {
  const database = await server.database()
  const one = await follow(database, 'same')
  await one.trail.add([handOut(1)])
  await one.history.caughtUp(20_000)
  const two = await createHistory(
    { database, node: 'same', file: join(folder, 'other-file.jsonl'), retention: 86_400 * 400 },
    { clock: () => start, random: randomBytes, warn: (message) => void one.warnings.push(message) },
  )
  await auditFile(join(folder, 'other-file.jsonl')).add([handOut(7), handOut(8)])
  await two.caughtUp(20_000)
  await one.trail.add([handOut(2)])
  await one.history.caughtUp(20_000)
  assert.match(one.warnings.join('\n'), /another process follows as node “same” too: give each bridge a name/)
  await Promise.all([one.history.close(), two.close()])
})
