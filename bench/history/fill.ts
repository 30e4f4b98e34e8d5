import Sqlite from 'libsql'
import pg from 'pg'
import { type AuditRecord, chainLine, type Event, genesis } from '../../src/events/index.ts'
import { hoursOf, type Row, rowOf, usesOf } from '../../src/history/follow/row.ts'
import { eventOf, type Scale } from './sample.ts'

const rowsAtOnce = 2000

/** Puts whole tables in and makes their indexes afterwards: by the follower ten million events would take an hour. */
interface Filler {
  put(table: string, rows: readonly object[]): Promise<void>
  /** Takes the indexes away, and resolves with the statements that make them again. */
  indexes(): Promise<readonly string[]>
  run(sql: string): Promise<void>
  close(): Promise<void>
}

/** Fills an empty history, of the newest form, with the events of the benchmark. */
export async function fill(url: string, scale: Scale, say: (progress: string) => void): Promise<void> {
  const filler = url.startsWith('sqlite:') ? intoSqlite(url.slice('sqlite:'.length)) : await intoPostgres(url)
  const indexes = await filler.indexes()
  const uses = new Map<string, ReturnType<typeof usesOf>[number]>()
  const hours = new Map<string, ReturnType<typeof hoursOf>[number]>()
  let chain = genesis
  for (let n = 0; n < scale.events; ) {
    const rows: Row[] = []
    for (; rows.length < rowsAtOnce && n < scale.events; n++) {
      const event = eventOf(n, scale) as unknown as Event
      const { line, end } = chainLine(chain, event)
      chain = end
      rows.push(rowOf('bench', line, { ...event, seq: n + 1 } as AuditRecord))
    }
    await filler.put('records', rows)
    for (const { key, first, last, count, ...use } of usesOf(rows)) {
      const before = uses.get(key)
      uses.set(key, {
        ...{ key, ...use, last, first: before?.first ?? first },
        count: count + (before?.count ?? 0),
      })
    }
    for (const { count, ...hour } of hoursOf(rows)) {
      const key = JSON.stringify(hour)
      hours.set(key, { ...hour, count: count + (hours.get(key)?.count ?? 0) })
    }
    if (n % 100_000 === 0 || n === scale.events) say(`${n.toLocaleString('en')} events`)
  }
  for (const [table, all] of [
    ['uses', [...uses.values()]],
    ['hours', [...hours.values()]],
  ] as const)
    for (let from = 0; from < all.length; from += rowsAtOnce)
      await filler.put(table, all.slice(from, from + rowsAtOnce))
  await filler.put('chains', [{ node: 'bench', ...chain, file: '', place: 0 }])
  for (const [index, sql] of indexes.entries()) {
    say(`index ${index + 1} of ${indexes.length}`)
    await filler.run(sql)
  }
  say('statistics')
  await filler.run(url.startsWith('sqlite:') ? 'select 1' : 'vacuum analyze')
  await filler.close()
}

function intoSqlite(path: string): Filler {
  const database = new Sqlite(path)
  for (const pragma of ['synchronous=off', 'cache_size=-524288', 'temp_store=file']) database.pragma(pragma)
  const run = async (sql: string) => void database.exec(sql)
  return {
    run,
    put: async (table, rows) => {
      const names = Object.keys(rows[0] ?? {})
      const insert = database.prepare(
        `insert into ${table} (${names.map((name) => `"${name}"`)}) values (${names.map(() => '?')})`,
      )
      await run('begin')
      for (const row of rows) insert.run(Object.values(row))
      await run('commit')
    },
    indexes: async () => {
      const made = database
        .prepare("select name, sql from sqlite_master where type = 'index' and sql is not null")
        .all() as { name: string; sql: string }[]
      for (const { name } of made) await run(`drop index "${name}"`)
      return made.map(({ sql }) => sql)
    },
    close: async () => void database.close(),
  }
}

async function intoPostgres(url: string): Promise<Filler> {
  const client = new pg.Client(url)
  await client.connect()
  await client.query("set maintenance_work_mem = '1GB'")
  await client.query('set synchronous_commit = off')
  const kinds: Readonly<Record<string, string>> = Object.fromEntries(
    ['seq', 'at', 'first', 'last', 'count', 'hour', 'place'].map((name) => [name, 'bigint']),
  )
  return {
    run: async (sql) => void (await client.query(sql)),
    put: async (table, rows) => {
      const names = Object.keys(rows[0] ?? {})
      const columns = names.map((name) => rows.map((row) => (row as Record<string, unknown>)[name]))
      await client.query(
        `insert into ${table} (${names.map((name) => `"${name}"`)})
         select * from unnest(${names.map((name, index) => `$${index + 1}::${kinds[name] ?? 'text'}[]`)})`,
        columns,
      )
    },
    indexes: async () => {
      const { rows } = await client.query<{ indexname: string; indexdef: string }>(
        `select indexname, indexdef from pg_indexes where schemaname = 'public'
         and indexname not in (select conname from pg_constraint)`,
      )
      for (const { indexname } of rows) await client.query(`drop index "${indexname}"`)
      return rows.map(({ indexdef }) => indexdef)
    },
    close: () => client.end(),
  }
}
