import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import Sqlite from 'libsql'
import { createHistory } from '../../src/history/index.ts'
import { type PostgresServer, startPostgres } from '../postgres.ts'
import { rowsOfThen, tablesOfVersion1, tablesOfVersion2 } from './earlier.ts'
import { auditFile, handOut, start } from './samples.ts'

let server: PostgresServer
let folder: string
before(async () => {
  server = await startPostgres()
  folder = await mkdtemp(join(tmpdir(), 'rolebridge-upgrade-'))
})
after(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

let places = 0
const kinds = {
  sqlite: async () => {
    const path = join(folder, `history-${places++}.db`)
    const database = new Sqlite(path)
    return {
      url: `sqlite:${path}`,
      run: async (sql: string) => {
        if (!/^\s*select/.test(sql)) return void database.exec(sql)
        return database.prepare(sql).all() as Record<string, unknown>[]
      },
    }
  },
  postgres: async () => {
    const url = await server.database()
    return { url, run: (sql: string) => server.query(url, sql) }
  },
} as const

for (const kind of ['sqlite', 'postgres'] as const)
  describe(`a history on ${kind}`, () => {
    /** Opened with a file beside it, as `node`. */
    const open = async (url: string, node: string) => {
      const warnings: string[] = []
      const file = join(folder, `audit-${places++}.jsonl`)
      const history = await createHistory(
        { database: url, node, file, retention: 400 * 86_400 },
        { clock: () => start, random: randomBytes, warn: (message) => void warnings.push(message) },
      )
      return { history, warnings, trail: auditFile(file) }
    }

    for (const version of [1, 2] as const)
      test(`of version ${version} is brought to ours with all that is in it`, async () => {
        const { url, run } = await kinds[kind]()
        const tables = version === 1 ? tablesOfVersion1(kind) : tablesOfVersion2(kind)
        for (const sql of [...tables, ...rowsOfThen(version === 2)]) await run(sql)
        const { history, warnings, trail } = await open(url, 'new')
        assert.match(warnings.join('\n'), new RegExp(`brought from version ${version} to 3; .*takes minutes`))
        const idsOf = async (filter: Parameters<typeof history.search>[0]) =>
          (await history.search(filter, { limit: 9 })).records.map(({ record }) => record.id)
        assert.deepEqual(await idsOf({}), ['event-3', 'event-2', 'event-1'])
        assert.deepEqual(await idsOf({ about: { user: 'alice' } }), ['event-2'])
        assert.deepEqual(await idsOf({ access: 'REQ-1' }), ['event-2'])
        assert.deepEqual(await idsOf({ user: 'alice', outcome: 'refused' }), ['event-3'])
        assert.deepEqual(await idsOf({ account: '1'.repeat(40) }), ['event-3'])
        assert.deepEqual(await idsOf({ user: 'alice', account: '111122223333' }), ['event-1'])
        for await (const { user } of history.uses({ nameId: 'alice-1' })) assert.equal(user, 'alice')
        await trail.add([handOut(4)])
        await history.caughtUp(20_000)
        assert.deepEqual(await idsOf({}), ['event-4', 'event-3', 'event-2', 'event-1'])
        await history.close()
        const again = await open(url, 'another')
        assert.deepEqual(again.warnings, [], 'once is enough')
        await again.history.close()
      })

    test('of a newer program is refused with a sentence, and left as it is', async () => {
      const { url, run } = await kinds[kind]()
      for (const sql of tablesOfVersion2(kind)) await run(sql)
      await run("update meta set value = '99' where name = 'version'")
      await assert.rejects(open(url, 'a'), /written by a newer Rolebridge \(version 99, this one knows 3\)/)
      const indexes = await run(
        kind === 'sqlite'
          ? "select name from sqlite_master where name = 'uses_name_id'"
          : "select indexname from pg_indexes where indexname = 'uses_name_id'",
      )
      assert.deepEqual(indexes, [])
    })
  })
