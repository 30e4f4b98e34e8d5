import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { historyConformance } from './conformance.ts'

let folder: string
let count = 0
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rolebridge-sqlite-'))
})
after(() => rm(folder, { recursive: true, force: true }))

historyConformance(async () => `sqlite:${join(folder, String(count++), 'history.db')}`)
