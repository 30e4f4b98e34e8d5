import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { appendFile, copyFile, mkdtemp, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { openSinks, verifyChain } from '../../src/events/index.ts'
import { chainFiles, createHistory, type OpenHistory } from '../../src/history/index.ts'
import { auditFile, handOut, start } from './samples.ts'

let folder: string
let file: string
let warnings: string[]
let open: OpenHistory[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rolebridge-rotation-'))
  file = join(folder, 'audit.jsonl')
  warnings = []
  open = []
})
afterEach(async () => {
  await Promise.all(open.map((history) => history.close()))
  await rm(folder, { recursive: true, force: true })
})

async function follow() {
  const history = await createHistory(
    { database: `sqlite:${join(folder, 'history.db')}`, node: 'bridge-1', file, retention: 400 * 86_400 },
    { clock: () => start, random: randomBytes, warn: (message) => void warnings.push(message) },
  )
  open.push(history)
  await history.caughtUp(20_000)
  return history
}

async function idsOf(history: OpenHistory): Promise<string[]> {
  await history.caughtUp(20_000)
  const ids: string[] = []
  for await (const { record } of history.stream({})) ids.push(record.id)
  return ids
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `event-${index + 1}`)

test('a file that was cut to nothing and grew past the place that was read is read from its beginning', async () => {
  const trail = auditFile(file)
  await trail.add([handOut(1), handOut(2), handOut(3)])
  const history = await follow()
  await copyFile(file, `${file}.1`)
  await truncate(file, 0)
  await trail.add([4, 5, 6, 7, 8].map((index) => handOut(index)))
  assert.deepEqual(await idsOf(history), numbered(8))
  assert.deepEqual((await history.state()).gaps, [])
})

test('a new file that the system gave the number of one that is gone is read from its beginning', async () => {
  const trail = auditFile(file)
  await trail.add([handOut(1), handOut(2), handOut(3)])
  await (await follow()).close()
  await rm(file)
  await trail.add([4, 5, 6, 7, 8].map((index) => handOut(index)))
  assert.deepEqual(await idsOf(await follow()), numbered(8))
})

test('the end of a line that a crash tore, which lies beside the file, is none of the chain', async () => {
  const deps = { clock: () => start, random: randomBytes }
  const trail = auditFile(file)
  await trail.add([handOut(1), handOut(2), handOut(3)])
  // All of the line was written, but its newline: nobody was told that it was.
  await writeFile(file, (await readFile(file, 'utf8')).trimEnd())
  const [sink] = await openSinks({ stdout: false, file }, deps)
  assert.ok(sink)
  await sink.write(handOut(4))
  const history = await follow()
  await rename(file, `${file}.1`)
  await sink.write(handOut(5))
  await sink.close()
  const ids = (await idsOf(history)).filter((id) => id.startsWith('event-'))
  assert.deepEqual(ids.sort(), ['event-1', 'event-2', 'event-4', 'event-5'])
  assert.deepEqual((await history.state()).gaps, [])
  assert.deepEqual(warnings, [])
  assert.equal((await verifyChain(await chainFiles(file))).ok, true)
})

test('what lies beside the file and is none of the chain changes nothing', async () => {
  const trail = auditFile(file)
  await trail.add([handOut(1), handOut(2)])
  await writeFile(`${file}.2.gz`, Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]))
  await writeFile(`${file}.swp`, '')
  await appendFile(`${file}.note`, 'somebody wrote this\n')
  const history = await follow()
  await rename(file, `${file}.1`)
  await trail.add([handOut(3)])
  assert.deepEqual(await idsOf(history), numbered(3))
  assert.deepEqual(warnings, [])
})
