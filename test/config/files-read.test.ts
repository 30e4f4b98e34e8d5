import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { once } from '../../src/config/files-read.ts'
import { readWhole } from '../../src/config/whole-file.ts'
import { fromFiles, keepingFiles } from '../../src/config.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rolebridge-files-'))
})
after(() => rm(folder, { recursive: true, force: true }))

test('what was read once is read again as it was, with its owner and its faults, whatever lies there by then', async () => {
  const file = join(folder, 'a.yaml')
  const missing = join(folder, 'missing.pem')
  await writeFile(file, 'first', { mode: 0o600 })
  const read = () => {
    const { text, stat } = readWhole(file)
    let code = ''
    try {
      readWhole(missing)
    } catch (error) {
      code = (error as NodeJS.ErrnoException).code ?? ''
    }
    return { text, mode: stat.mode & 0o777, code }
  }
  const { result, files } = keepingFiles(read)
  assert.deepEqual(result, { text: 'first', mode: 0o600, code: 'ENOENT' })
  await writeFile(file, 'second')
  await writeFile(missing, 'there')
  // As it comes out of the channel between two processes.
  assert.deepEqual(fromFiles(structuredClone(files), read), result)
  assert.deepEqual(read(), { text: 'second', mode: 0o600, code: '' })
})

test('what was not read the first time is not there the second, and nothing is kept beyond its reading', async () => {
  const file = join(folder, 'b.yaml')
  await writeFile(file, 'text', { mode: 0o600 })
  assert.throws(() => fromFiles(new Map(), () => readWhole(file)), { code: 'ENOENT' })
  assert.throws(() =>
    keepingFiles(() => {
      throw new Error('faulty')
    }),
  )
  assert.equal(
    once('anything', () => 7),
    7,
  )
  assert.equal(readWhole(file).text, 'text')
})
