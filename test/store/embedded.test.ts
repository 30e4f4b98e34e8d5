import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openEmbedded } from '../../src/store/embedded.ts'
import { openStore } from '../../src/store/index.ts'
import { fakeClock, listed, storeConformance } from './conformance.ts'

let root: string
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'rolebridge-store-'))
})
after(() => rm(root, { recursive: true, force: true }))

describe('embedded store', () => {
  storeConformance((clock) => openStore(`embedded:${join(root, 'shared')}`, { clock }))

  test('keeps its data when it is closed and opened again', async () => {
    const { clock } = fakeClock()
    const url = `embedded:${join(root, 'again')}`
    const first = await openStore(url, { clock })
    await first.put('key', 'value')
    await first.close()
    const second = await openStore(url, { clock })
    assert.equal(await second.get('key'), 'value')
    await second.close()
  })

  test('opens its folder and files to nobody else', async () => {
    const folder = join(root, 'private', 'data')
    const store = await openStore(`embedded:${folder}`, { clock: fakeClock().clock })
    assert.equal((await stat(folder)).mode & 0o777, 0o700)
    for (const file of ['data.mdb', 'lock.mdb']) {
      assert.equal((await stat(join(folder, file))).mode & 0o777, 0o600, file)
    }
    await store.close()
  })

  test('refuses a folder that others may write in', async () => {
    const folder = join(root, 'open')
    await mkdir(folder)
    await chmod(folder, 0o777)
    await assert.rejects(openStore(`embedded:${folder}`, { clock: fakeClock().clock }), /others may write/)
  })

  test('the sweep removes what expired, in batches, and nothing else', async () => {
    const time = fakeClock()
    const store = await openEmbedded(`embedded:${join(root, 'sweep')}`, time)
    const keys = Array.from({ length: 1300 }, (_, i) => `key ${i}`)
    await Promise.all(keys.map((key, i) => store.put(key, 'v', i % 3 ? time.clock() + 1000 : undefined)))
    time.advance(999)
    assert.equal(await store.sweep(), 0)
    time.advance(3_600_000)
    assert.equal(await store.sweep(), 866)
    assert.equal(await store.sweep(), 0)
    assert.equal((await listed(store, 'key')).length, 434)
    await store.close()
  })

  test('a clock that jumped ahead sweeps nothing away that counts again when it is put right', async () => {
    const time = fakeClock()
    const store = await openEmbedded(`embedded:${join(root, 'jump')}`, time)
    await store.putIfAbsent('mark', 'used', time.clock() + 900_000)
    time.advance(3_600_000 - 3_000_000)
    time.jump(86_400_000)
    assert.equal(await store.sweep(), 0)
    time.advance(3_599_999)
    assert.equal(await store.sweep(), 0, 'an hour is not over')
    time.jump(-86_400_000 - 3_599_999)
    assert.equal(await store.putIfAbsent('mark', 'used', time.clock() + 900_000), false)
    time.advance(3_600_000)
    assert.equal(await store.sweep(), 0, 'being put right is a jump as well')
    time.advance(3_600_000)
    assert.equal(await store.sweep(), 1)
    await store.close()
  })

  test('two processes on one folder: each key has one winner, one taker, and no count is lost', async () => {
    const folder = join(root, 'processes')
    const store = await openStore(`embedded:${folder}`, { clock: Date.now })
    const children = [startContender(folder), startContender(folder)]
    const reports = await Promise.all(children.map(reportOf))
    const sum = (name: 'wins' | 'takes' | 'swaps') =>
      reports.reduce((total, report) => total + report[name], 0)
    assert.equal(sum('wins'), 200)
    assert.equal(sum('takes'), 200)
    assert.equal(sum('swaps'), 200, 'each of 200 steps is taken by one process')
    assert.equal(await store.get('count'), '400')
    assert.equal(await store.get('step'), '200')
    assert.deepEqual(await listed(store, 'race'), [])
    await store.close()
  })
})

function startContender(folder: string): ChildProcess {
  const script = fileURLToPath(new URL('./contender.ts', import.meta.url))
  return spawn(process.execPath, ['--import', 'tsx', script, folder], { stdio: ['pipe', 'pipe', 'inherit'] })
}

async function reportOf(child: ChildProcess): Promise<{ wins: number; takes: number; swaps: number }> {
  let text = ''
  child.stdout?.on('data', (chunk) => {
    text += chunk
  })
  const [code] = await once(child, 'close')
  assert.equal(code, 0, 'the contending process ended well')
  return JSON.parse(text)
}
