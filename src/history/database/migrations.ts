import { type Kysely, sql } from 'kysely'
import type { Random } from '../../core/index.ts'
import { exclusively } from './exclusively.ts'
import type { Database, Tables } from './tables.ts'

type Kind = Database['kind']
type Migration = (db: Kysely<Tables>, kind: Kind) => Promise<void>

/** What each version adds, the first first. What is released is never changed, only followed by another. */
const migrations: readonly Migration[] = [
  async (db, kind) => {
    const whole = kind === 'sqlite' ? 'integer' : 'bigint'
    const numbered = db.schema.createTable('records')
    const records =
      kind === 'sqlite'
        ? // Without autoincrement the number of a deleted last row would be given again, behind a reader's cursor.
          numbered.addColumn('row', 'integer', (column) => column.primaryKey().autoIncrement())
        : numbered.addColumn('row', 'bigint', (column) => column.primaryKey().generatedAlwaysAsIdentity())
    await records
      .addColumn('id', 'text', (column) => column.notNull().unique())
      .addColumn('node', 'text', (column) => column.notNull())
      .addColumn('seq', whole, (column) => column.notNull())
      .addColumn('at', whole, (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('code', 'text')
      .addColumn('person', 'text')
      .addColumn('role', 'text')
      .addColumn('account', 'text')
      .addColumn('rule', 'text')
      .addColumn('request', 'text')
      .addColumn('session', 'text')
      .addColumn('address', 'text')
      .addColumn('access_key', 'text')
      .addColumn('line', 'text', (column) => column.notNull())
      .execute()
    // SQLite ends each index with the row's number anyway.
    const last = kind === 'sqlite' ? sql`` : sql`, "row"`
    await sql`create index records_at on records (at${last})`.execute(db)
    for (const column of ['type', 'code', 'person', 'role', 'account', 'rule', 'session', 'address']) {
      const name = sql.ref(column)
      await sql`create index ${sql.ref(`records_${column}`)} on records (${name}, at${last}) where ${name} is not null`.execute(
        db,
      )
    }
    for (const column of ['request', 'access_key']) {
      const name = sql.ref(column)
      await sql`create index ${sql.ref(`records_${column}`)} on records (${name}) where ${name} is not null`.execute(
        db,
      )
    }
    if (kind === 'postgres') await sql`create index records_chain on records (node, seq)`.execute(db)
    await db.schema
      .createTable('uses')
      .addColumn('key', 'text', (column) => column.primaryKey())
      .addColumn('protocol', 'text', (column) => column.notNull())
      .addColumn('issuer', 'text', (column) => column.notNull())
      .addColumn('name_id', 'text', (column) => column.notNull())
      .addColumn('person', 'text', (column) => column.notNull())
      .addColumn('idp', 'text', (column) => column.notNull())
      .addColumn('role', 'text', (column) => column.notNull())
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('rule', 'text', (column) => column.notNull())
      .addColumn('first', whole, (column) => column.notNull())
      .addColumn('last', whole, (column) => column.notNull())
      .addColumn('count', whole, (column) => column.notNull())
      .execute()
    for (const column of ['person', 'role', 'rule', 'last'])
      await db.schema.createIndex(`uses_${column}`).on('uses').column(column).execute()
    await db.schema
      .createTable('hours')
      .addColumn('hour', whole, (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('code', 'text', (column) => column.notNull())
      .addColumn('count', whole, (column) => column.notNull())
      .addPrimaryKeyConstraint('hours_key', ['hour', 'type', 'code'])
      .execute()
    await db.schema
      .createTable('chains')
      .addColumn('node', 'text', (column) => column.primaryKey())
      .addColumn('seq', whole, (column) => column.notNull())
      .addColumn('hash', 'text', (column) => column.notNull())
      .addColumn('file', 'text', (column) => column.notNull())
      .addColumn('place', whole, (column) => column.notNull())
      .execute()
    await db.schema
      .createTable('gaps')
      .addColumn('node', 'text', (column) => column.notNull())
      .addColumn('first_seq', whole, (column) => column.notNull())
      .addColumn('last_seq', whole, (column) => column.notNull())
      .addPrimaryKeyConstraint('gaps_key', ['node', 'first_seq'])
      .execute()
  },
  async (db, kind) => {
    const last = kind === 'sqlite' ? sql`` : sql`, "row"`
    for (const [column, field] of [
      ['whose', 'person'],
      ['access', 'request'],
    ] as const) {
      await db.schema.alterTable('records').addColumn(column, 'text').execute()
      const name = sql.ref(column)
      const value =
        kind === 'sqlite' ? sql`line->>${sql.lit(`$.${field}`)}` : sql`(line::json)->>${sql.lit(field)}`
      // PostgreSQL reads no text with NUL out of JSON.
      await sql`update records set ${name} = nullif(substr(${value}, 1, 256), '')
        where line like ${sql.lit(`%"${field}":"%`)} and line not like ${sql.lit('%\\u0000%')} escape '!'`.execute(
        db,
      )
      await sql`create index ${sql.ref(`records_${column}`)} on records (${name}, at${last}) where ${name} is not null`.execute(
        db,
      )
    }
  },
  async (db) => {
    // What else is asked of a person, a role or an address is answered by the entries of their index: two thousand rows of one
    // person lie in two thousand places. The number of the row stands behind the time, as pages are in the order of both.
    for (const column of ['account', 'type', 'code']) {
      const name = sql.ref(column)
      await sql`update records set ${name} = substr(${name}, 1, 32) where length(${name}) > 32`.execute(db)
    }
    for (const [column, ...more] of [
      ['person', 'type', 'code', 'account', 'role'],
      ['role', 'type', 'code'],
      ['account', 'type', 'code'],
      ['rule', 'type', 'code'],
      ['address', 'type', 'code'],
    ] as const) {
      const index = sql.ref(`records_${column}`)
      const columns = sql.join([column, 'at', 'row', ...more].map((one) => sql.ref(one)))
      await sql`drop index ${index}`.execute(db)
      await sql`create index ${index} on records (${columns}) where ${sql.ref(column)} is not null`.execute(
        db,
      )
    }
    await db.schema.createIndex('uses_name_id').on('uses').column('name_id').execute()
  },
]

/** The database is of a program that we do not know yet. */
export class NewerHistory extends Error {}

type Meta = ReadonlyMap<string, string>

/** What a database says of itself. */
export async function metaOf(db: Kysely<Tables>): Promise<Meta> {
  const rows = await db.selectFrom('meta').selectAll().execute()
  return new Map(rows.map(({ name, value }) => [name, value]))
}

const versionIn = (meta: Meta): number => Number(meta.get('version') ?? 0)

/** The key for cursors of a database that this program need not change. Throws when a newer one was here. */
export function keyIfCurrent(meta: Meta): string | undefined {
  const version = versionIn(meta)
  if (version > migrations.length)
    throw new NewerHistory(
      `the history was written by a newer Rolebridge (version ${version}, this one knows ${migrations.length}): update this node, or give it a database of its own`,
    )
  return version === migrations.length ? meta.get('cursors') : undefined
}

/**
 * Brings a database to the version that this program knows, and resolves with its key for cursors.
 * Rejects with a sentence when a newer program was here: it may have changed what our questions mean.
 */
export async function migrate(
  db: Kysely<Tables>,
  kind: Kind,
  { random, warn }: { readonly random: Random; readonly warn: (message: string) => void },
): Promise<string> {
  return exclusively({ writer: db, kind }, async (trx) => {
    await trx.schema
      .createTable('meta')
      .ifNotExists()
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('value', 'text', (column) => column.notNull())
      .execute()
    const meta = await metaOf(trx)
    const current = keyIfCurrent(meta)
    if (current !== undefined) return current
    const version = versionIn(meta)
    if (version > 0)
      warn(
        `the history is brought from version ${version} to ${migrations.length}; with millions of records that takes minutes`,
      )
    for (const migration of migrations.slice(version)) await migration(trx, kind)
    const key = meta.get('cursors') ?? random(32).toString('base64url')
    await trx
      .insertInto('meta')
      .values([
        { name: 'version', value: String(migrations.length) },
        { name: 'cursors', value: key },
      ])
      .onConflict((conflict) =>
        conflict.column('name').doUpdateSet((row) => ({ value: row.ref('excluded.value') })),
      )
      .execute()
    return key
  })
}
