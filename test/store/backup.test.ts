import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { z } from 'zod'
import type { Store } from '../../src/core/index.ts'
import {
  createArchive,
  createCollections,
  createWitness,
  keeping,
  openBackup,
  openStore,
  writeBackup,
} from '../../src/store/index.ts'

const schema = z.object({ name: z.string(), until: z.number() })
const head = { version: '1.2.3', at: 1_000_000, node: 'a', config: 'c0ffee' }
const [first, second] = ['first-secret-of-the-store-0123456789', 'second-secret-of-the-store-0123456789']

async function listed<T>(all: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const one of all) list.push(one)
  return list
}

describe('a backup of records', () => {
  let now = 1_000_000
  const clock = () => now
  let folder: string
  let store: Store
  beforeEach(async () => {
    now = 1_000_000
    folder = await mkdtemp(join(tmpdir(), 'rolebridge-kept-'))
    store = await openStore(`embedded:${join(folder, 'data')}`, { clock })
  })
  afterEach(async () => {
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })

  const watched = () => ({ witness: createWitness(clock), clock, tell: () => {} })
  const collections = (secrets = [first], watch = watched()) =>
    createCollections(store, secrets, randomBytes, { watch })
  const until = ({ until }: { until: number }) => until
  const archive = (secrets = [first]) =>
    createArchive(
      [
        keeping({ name: 'lock', schema, watched: true, isMark: true, until }),
        keeping({ name: 'seen', schema, until }),
        keeping({
          ...{ name: 'ledger', schema, watched: true, until },
          revive: (one) => ({ ...one, name: 'over' }),
        }),
      ],
      secrets,
      { clock, random: randomBytes },
    )
  const backUp = (name = 'backup', secrets = [first]) => {
    const to = join(folder, name)
    return writeBackup(to, head, archive(secrets).in(store), secrets).then(() => to)
  }
  const all = async (from: string, secrets = [first]) => {
    const backup = await openBackup(from, secrets)
    try {
      return await listed(backup.records())
    } finally {
      await backup.close()
    }
  }
  const lose = async () => {
    for await (const [key] of store.scan('')) await store.take(key)
  }
  const back = async (from: string, secrets = [first]) => {
    for (const record of await all(from, secrets)) {
      const verdict = archive(secrets).judge(record)
      if (verdict.fate === 'back') await store.putIfAbsent(record.key, verdict.text, verdict.until)
    }
  }

  test('brings records back under their ids, with their end, and leaves out what is over', async () => {
    const before = collections()
    await before('lock', schema, 'watched').putIfAbsent('bob', { name: 'bob', until: now + 500 }, now + 500)
    await before('seen', schema).put('carl', { name: 'carl', until: now + 100 }, now + 100)
    const from = await backUp()
    await lose()
    now += 200
    const fates = (await all(from)).map((record) => [record.kind, archive().judge(record).fate])
    assert.deepEqual(fates, [
      ['lock', 'back'],
      ['seen', 'over'],
    ])
    await back(from)
    const after = collections()
    assert.deepEqual(await after('lock', schema, 'watched').get('bob'), { name: 'bob', until: 1_000_500 })
    assert.equal(await after('seen', schema).get('carl'), undefined)
    now += 300
    assert.equal(await collections()('lock', schema, 'watched').holds('bob'), false)
  })

  test('changes what must not come back as it was', async () => {
    await collections()('ledger', schema, 'watched').putIfAbsent('x', { name: 'open', until: now + 500 })
    const from = await backUp()
    await lose()
    await back(from)
    assert.equal((await collections()('ledger', schema, 'watched').get('x'))?.name, 'over')
  })

  test('has no kind of record but those that may come back, however it was made', async () => {
    await collections()('session', schema, 'watched').putIfAbsent('s', { name: 's', until: now + 500 })
    assert.deepEqual(await all(await backUp()), [])
    for await (const [key, text] of store.scan('session:')) {
      assert.throws(() => archive().judge({ kind: 'session', key, text }), /are in no backup/)
      assert.throws(() => archive().judge({ kind: 'lock', key, text }), /lies under a key of others/)
    }
  })

  test('believes no record that lies under another key', async () => {
    await collections()('seen', schema).put('carl', { name: 'carl', until: now + 100 })
    const [record] = await all(await backUp())
    assert.ok(record)
    assert.throws(() => archive().judge({ ...record, key: 'seen:another' }), /was changed or moved/)
  })

  test('brings a lock back under a secret that was retired, and nothing else of it', async () => {
    await collections()('lock', schema, 'watched').putIfAbsent('bob', { name: 'bob', until: now + 500 })
    await collections()('seen', schema).put('carl', { name: 'carl', until: now + 500 })
    const from = await backUp('backup', [second])
    await lose()
    await back(from, [second])
    const after = collections([second])
    assert.equal(await after('lock', schema, 'watched').holds('bob'), true)
    assert.equal(await after('seen', schema).holds('carl'), false)
  })

  test('is no way round a process that saw what came later', async () => {
    const ours = collections()('lock', schema, 'watched')
    const lift = (name: string) => ours.upsert('bob', () => ({ name, until: now + 500 }), until)
    await lift('lifted')
    const from = await backUp()
    now += 1
    await lift('locked again')
    await lose()
    await back(from)
    assert.equal(await ours.get('bob'), undefined, 'what is older is not believed')
    assert.equal(await ours.holds('bob'), true, 'and a lock that nobody can read locks')
  })

  test('is read with any of the secrets, and with no other', async () => {
    await collections()('seen', schema).put('carl', { name: 'carl', until: now + 100 })
    const from = await backUp()
    assert.equal((await all(from, [second, first])).length, 1)
    await assert.rejects(all(from, [second]), /made with another `secret`/)
  })

  test('is refused when a byte of it was changed, or its end is missing', async () => {
    for (const name of ['carl', 'dora'])
      await collections()('seen', schema).put(name, { name, until: now + 100 })
    const file = join(await backUp(), 'records.jsonl')
    const text = await readFile(file, 'utf8')
    const lines = text.trimEnd().split('\n')
    const changes = {
      'another node': text.replace('"node":"a"', '"node":"b"'),
      'a record less': `${[lines[0], ...lines.slice(2)].join('\n')}\n`,
      'a record less, and counted so': `${[lines[0], lines[1], lines[3]].join('\n').replace('"records":2', '"records":1')}\n`,
      'the end missing': `${lines.slice(0, -1).join('\n')}\n`,
      'no code': `${lines.slice(0, -1).join('\n')}\n{"records":2}\n`,
      'more behind it': `${text}${lines[1]}\n`,
    }
    for (const [what, changed] of Object.entries(changes)) {
      await writeFile(file, changed)
      await assert.rejects(all(join(folder, 'backup')), /was changed or cut off/, what)
    }
    await writeFile(file, '')
    await assert.rejects(all(join(folder, 'backup')), /is no backup of Rolebridge/)
  })

  test('is read to its end once more when it is used: what was changed meanwhile is noticed', async () => {
    await collections()('seen', schema).put('carl', { name: 'carl', until: now + 100 })
    const backup = await openBackup(await backUp(), [first])
    await appendFile(join(folder, 'backup', 'records.jsonl'), 'x\n')
    await assert.rejects(listed(backup.records()), /was changed or cut off/)
    await backup.close()
  })

  test('takes no folder that is there already, and leaves none where it failed', async () => {
    const from = await backUp()
    await assert.rejects(backUp(), /exists: name a new folder/)
    assert.equal((await all(from)).length, 0)
    async function* failing() {
      yield { kind: 'seen', key: 'seen:x', text: 'x' }
      throw new Error('the store went away')
    }
    await assert.rejects(writeBackup(join(folder, 'other'), head, failing(), [first]), /went away/)
    await assert.rejects(readFile(join(folder, 'other', 'records.jsonl.part')), /ENOENT/)
  })
})
