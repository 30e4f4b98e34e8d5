import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { appendFile, mkdir, mkdtemp, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createHistory, type OpenHistory, rebuild } from '../../src/history/index.ts'
import { auditFile, handOut, start } from './samples.ts'

let root: string
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'rolebridge-follower-'))
})
after(() => rm(root, { recursive: true, force: true }))

let folders = 0
const dayMs = 86_400_000

/** An audit file and a history beside it that is not open yet. */
async function beside() {
  const folder = join(root, String(folders++))
  const file = join(folder, 'log', 'audit.jsonl')
  const database = `sqlite:${join(folder, 'history', 'history.db')}`
  await mkdir(join(folder, 'log'), { recursive: true })
  const warnings: string[] = []
  const open = async (given: { now?: number; retention?: number } = {}) => {
    const history = await createHistory(
      { database, node: 'bridge-1', file, retention: given.retention ?? 400 * 86_400 },
      {
        clock: () => given.now ?? start,
        random: randomBytes,
        warn: (message) => void warnings.push(message),
      },
    )
    await history.caughtUp(20_000)
    return history
  }
  return { folder, file, database, trail: auditFile(file), warnings, open }
}

async function idsOf(history: OpenHistory): Promise<string[]> {
  await history.caughtUp(20_000)
  const ids: string[] = []
  for await (const { record } of history.stream({})) ids.push(record.id)
  return ids
}

test('the database is for its owner alone, and so is its folder', async () => {
  const { database, open } = await beside()
  const path = database.slice('sqlite:'.length)
  const history = await open()
  for (const file of [path, `${path}-wal`]) assert.equal((await stat(file)).mode & 0o777, 0o600, file)
  assert.equal((await stat(join(path, '..'))).mode & 0o777, 0o700)
  await history.close()
})

test('a file that was renamed twice, once while nobody was there, is read to its end in each', async () => {
  const { file, trail, warnings, open } = await beside()
  await trail.add([handOut(1), handOut(2)])
  const first = await open()
  await trail.add([handOut(3)])
  await rename(file, `${file}.1`)
  await trail.add([handOut(4)])
  assert.deepEqual(await idsOf(first), ['event-1', 'event-2', 'event-3', 'event-4'])
  await first.close()
  await trail.add([handOut(5)])
  await rename(`${file}.1`, `${file}.2`)
  await rename(file, `${file}.1`)
  await trail.add([handOut(6)])
  await rename(file, `${file}.0`)
  await trail.add([handOut(7)])
  const again = await open()
  assert.deepEqual((await idsOf(again)).slice(4), ['event-5', 'event-6', 'event-7'])
  assert.deepEqual(warnings, [])
  await again.close()
})

test('a history that begins late reads what was rotated away before', async () => {
  const { file, trail, open } = await beside()
  await trail.add([handOut(1)], `${file}-20260301`)
  await trail.add([handOut(2)])
  const history = await open()
  assert.deepEqual(await idsOf(history), ['event-1', 'event-2'])
  await history.close()
})

test('numbers that are missing are named, and a rebuild from the file that has them fills the gap', async () => {
  const { folder, file, trail, warnings, database, open } = await beside()
  const elsewhere = join(folder, 'moved-away.jsonl')
  await trail.add([handOut(1), handOut(2)])
  const history = await open()
  await rename(file, elsewhere)
  await trail.add([handOut(3), handOut(4)], elsewhere)
  await trail.add([handOut(5)])
  assert.deepEqual(await idsOf(history), ['event-1', 'event-2', 'event-5'])
  assert.deepEqual((await history.state()).gaps, [{ node: 'bridge-1', from: 3, to: 4 }])
  assert.match(warnings.join('\n'), /misses the records 3 to 4 of this node: rolebridge audit rebuild FILE/)
  const done = await rebuild(
    { database, node: 'bridge-1', files: [elsewhere] },
    { random: randomBytes, warn: () => {}, progress: () => {} },
  )
  assert.deepEqual([done.lines, done.added, done.gaps], [4, 2, []])
  assert.deepEqual(await idsOf(history), ['event-1', 'event-2', 'event-3', 'event-4', 'event-5'])
  assert.deepEqual((await history.state()).gaps, [])
  // Whoever followed gets them, late: they came in when the rebuild did.
  const page = await history.after(undefined, 100)
  assert.deepEqual(
    page.records.map(({ record }) => record.id),
    ['event-1', 'event-2', 'event-5', 'event-3', 'event-4'],
  )
  await history.close()
})

test('a line that is being written is waited for, and one that is none is passed over and told of', async () => {
  const { file, trail, warnings, open } = await beside()
  await trail.add([handOut(1)])
  await appendFile(file, 'this is no line\n')
  const other = `${file}.next`
  await trail.add([handOut(2)], other)
  const line = await readFile(other, 'utf8')
  await rm(other)
  await appendFile(file, line.slice(0, 100))
  const history = await open()
  assert.deepEqual(await idsOf(history), ['event-1'])
  assert.deepEqual(warnings, ['a line of the audit file cannot be read and was passed over'])
  await appendFile(file, line.slice(100))
  assert.deepEqual(await idsOf(history), ['event-1', 'event-2'])
  await history.close()
})

test('a file that was cut by somebody is read on, and keeps what it no longer has', async () => {
  const { file, trail, open } = await beside()
  await trail.add([handOut(1)])
  const { size } = await stat(file)
  await trail.add([handOut(2), handOut(3)])
  const history = await open()
  await truncate(file, size)
  await trail.add([handOut(4)])
  assert.deepEqual(await idsOf(history), ['event-1', 'event-2', 'event-3', 'event-4'])
  assert.deepEqual((await history.state()).gaps, [])
  await history.close()
})

test('a line that was changed breaks the chain, and somebody is told', async () => {
  const { file, trail, warnings, open } = await beside()
  await trail.add([handOut(1), handOut(2), handOut(3)])
  await writeFile(file, (await readFile(file, 'utf8')).replace('"request-2"', '"request-9"'))
  const history = await open()
  await history.caughtUp(20_000)
  assert.match(warnings.join('\n'), /the chain breaks before number 3/)
  await history.close()
})

test('another chain in the place of the file is taken in whole, and told of', async () => {
  const { file, trail, warnings, open } = await beside()
  await trail.add([handOut(1), handOut(2), handOut(3)])
  const history = await open()
  await rm(file)
  await auditFile(file).add([handOut(7), handOut(8)])
  assert.deepEqual(await idsOf(history), ['event-1', 'event-2', 'event-3', 'event-7', 'event-8'])
  assert.match(warnings.join('\n'), /another chain than the one that was followed/)
  await history.close()
})

test('killed between any two steps it goes on where it was: each event once', async () => {
  const { file, trail, database, open } = await beside()
  const events = Array.from({ length: 6000 }, (_, index) => handOut(index))
  await trail.add(events)
  for (const patience of [400, 500, 700]) {
    const program = fileURLToPath(new URL('./follow.ts', import.meta.url))
    const child = spawn(process.execPath, ['--import', 'tsx', program, database, file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'exit')
    await Promise.race([once(child.stdout, 'data'), ended])
    await new Promise((resolve) => setTimeout(resolve, patience - 350))
    child.kill('SIGKILL')
    await ended
  }
  const history = await open()
  assert.deepEqual(
    await idsOf(history),
    events.map(({ id }) => id),
  )
  assert.equal((await history.lastUse('rule'))[0]?.count, 6000)
  await history.close()
})

test('what is older than it may remember is forgotten, with who used what', async () => {
  const { trail, open } = await beside()
  await trail.add([
    handOut(1, { user: 'bob', nameId: 'bob-1' }),
    handOut(2, { at: new Date(start + 20 * dayMs).toISOString() }),
  ])
  const early = await open()
  await early.close()
  const history = await open({ now: start + 31 * dayMs, retention: 30 * 86_400 })
  while ((await history.state()).records > 1) await new Promise((resolve) => setTimeout(resolve, 20))
  assert.deepEqual(await idsOf(history), ['event-2'])
  const people: string[] = []
  for await (const { user } of history.uses()) people.push(user)
  assert.deepEqual(people, ['alice'])
  await history.close()
})

async function gathered<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

test('a file whose number the system gave to another one is read from its beginning', async () => {
  const { file, trail, open } = await beside()
  await trail.add([handOut(1)])
  await (await open()).close()
  const other = auditFile(`${file}.other`)
  await other.add([handOut(2), handOut(3), handOut(4)])
  // In the same place of the disk, and longer than what was read of it.
  await writeFile(file, await readFile(`${file}.other`))
  await rm(`${file}.other`)
  const history = await open()
  assert.deepEqual(await idsOf(history), ['event-1', 'event-2', 'event-3', 'event-4'])
  await history.close()
})

/** Waits until a history holds so many records: what is old leaves beside everything else. */
async function holds(history: OpenHistory, records: number) {
  while ((await history.state()).records !== records) await new Promise((resolve) => setTimeout(resolve, 20))
}

test('what is read again from files beyond the retention is counted once, and leaves again with its counts', async () => {
  const { file, database, trail, open } = await beside()
  await trail.add([handOut(1), handOut(2), handOut(3, { at: new Date(start + 20 * dayMs).toISOString() })])
  await (await open()).close()
  const countsOf = async (history: OpenHistory) => {
    const [use, ...more] = await gathered(history.uses())
    const { hours } = await history.perHour({})
    return [use?.count, more.length, hours.reduce((sum, { count }) => sum + count, 0)]
  }
  for (let round = 0; round < 3; round++) {
    const short = await open({ now: start + 31 * dayMs, retention: 30 * 86_400 })
    await holds(short, 1)
    assert.deepEqual(await countsOf(short), [1, 0, 1])
    await short.close()
    const again = () =>
      rebuild(
        { database, node: 'bridge-1', files: { file } },
        { random: randomBytes, warn: () => {}, progress: () => {} },
      )
    const done = await again()
    assert.equal(done.added, 2)
    assert.equal((await again()).added, 0)
    const long = await open()
    assert.deepEqual(await countsOf(long), [3, 0, 3])
    await long.close()
  }
})

test('after the retention nothing of a person is in the database, nor in the bytes of its file', async () => {
  const { database, trail, open } = await beside()
  const leaver = {
    user: 'leaver@corp.example',
    nameId: 'leaver@corp.example',
    purpose: 'leaver@corp.example',
  }
  const later = new Date(start + 20 * dayMs).toISOString()
  await trail.add([
    ...Array.from({ length: 40 }, (_, index) => handOut(index, leaver)),
    handOut(90, { at: later }),
  ])
  await (await open()).close()
  const path = database.slice('sqlite:'.length)
  const bytes = async () =>
    Buffer.concat([await readFile(path), await readFile(`${path}-wal`).catch(() => Buffer.alloc(0))])
  assert.ok((await bytes()).includes('leaver@corp.example'))
  const history = await open({ now: start + 31 * dayMs, retention: 30 * 86_400 })
  await holds(history, 1)
  for await (const { user } of history.uses()) assert.equal(user, 'alice')
  await history.close()
  assert.ok(!(await bytes()).includes('leaver@corp.example'))
})
