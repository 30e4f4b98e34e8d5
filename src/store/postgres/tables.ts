/** What one connection answers. */
type Ask = (text: string, parameters?: readonly unknown[]) => Promise<{ readonly rows: readonly Row[] }>
// biome-ignore lint/suspicious/noExplicitAny: each question knows its columns
type Row = any

/** Of all advisory locks of a database, ours; any number that nobody else is likely to have taken. */
const lock = 6_021_140_858

/**
 * What each version adds, the first first. What is released is never changed, only followed by another.
 * Keys are filed as in LMDB (`filing.ts`), because an index takes no key of any length; `name` holds a longer key whole.
 * Values are encrypted, so compressing them is work for nothing. Sessions are written again and again: room in each page
 * keeps most of that out of the index, and the broom of the server comes before the table has doubled.
 */
const migrations: readonly (readonly string[])[] = [
  [
    `create table rolebridge_store (
      key bytea primary key,
      name bytea,
      value bytea not null,
      expires_at bigint
    ) with (
      fillfactor = 80,
      autovacuum_vacuum_scale_factor = 0.05,
      autovacuum_vacuum_threshold = 1000,
      autovacuum_vacuum_insert_scale_factor = 0.2
    )`,
    'alter table rolebridge_store alter column value set storage external',
    'create index rolebridge_store_expiry on rolebridge_store (expires_at) where expires_at is not null',
  ],
]

const oldest = 13

/**
 * Makes the tables, or brings them to the version that this program knows; of several nodes one does. Rejects with a
 * sentence when a newer program was here, and of a server on which a used answer would be forgotten.
 */
export async function prepare(ask: Ask, warn: (message: string) => void): Promise<void> {
  await judgeServer(ask, warn)
  // Whatever the database's own level: what the one before us has made must be seen once its lock is ours.
  await ask('begin isolation level read committed')
  try {
    await ask('select pg_advisory_xact_lock($1::bigint)', [lock])
    await migrate(ask)
    await ask('commit')
  } catch (error) {
    await ask('rollback').catch(() => {})
    throw error
  }
  const [table] = (
    await ask("select relpersistence from pg_class where oid = 'rolebridge_store'::regclass::oid")
  ).rows
  if (table?.relpersistence !== 'p')
    throw new Error(
      'its table rolebridge_store is unlogged, and a crash would empty it: alter table … set logged',
    )
}

async function judgeServer(ask: Ask, warn: (message: string) => void): Promise<void> {
  const [server] = (
    await ask(`select current_setting('server_version_num')::int / 10000 as version,
      current_setting('server_encoding') as encoding, pg_is_in_recovery() as standby,
      current_setting('fsync') as fsync, current_setting('full_page_writes') as pages`)
  ).rows
  if (server.version < oldest)
    throw new Error(`PostgreSQL ${server.version} is too old, ${oldest} or later is needed`)
  if (server.standby)
    throw new Error(
      'this server is a standby, which takes no writes: name the primary, or an address that follows it',
    )
  if (server.fsync !== 'on' || server.pages !== 'on')
    warn(
      'PostgreSQL runs with fsync or full_page_writes off: a power cut may make it forget answers that were used',
    )
  // Who comes first makes the table, with what they like to have run by whoever writes into it. (Public's until version 15.)
  const { rows } = await ask(`select nspname as name from pg_namespace
    where nspname = any(current_schemas(false)) and has_schema_privilege('public'::name, oid, 'create'::text)`)
  for (const { name } of rows)
    warn(
      `whoever may use this database may put tables and functions into its schema ${name}, where those of Rolebridge are: revoke create on schema ${name} from public`,
    )
}

async function migrate(ask: Ask): Promise<void> {
  // Asked first: with the tables there, a user that may make none is enough.
  const [found] = (await ask("select to_regclass('rolebridge_store_version') is not null as there")).rows
  if (!found?.there) {
    await ask('create table rolebridge_store_version (version int not null)')
    await ask('insert into rolebridge_store_version values (0)')
  }
  const version: number = (await ask('select version from rolebridge_store_version')).rows[0]?.version
  if (version > migrations.length)
    throw new Error(
      `it was written by a newer Rolebridge (version ${version}, this one knows ${migrations.length}): update this node, or give it a database of its own`,
    )
  for (const statement of migrations.slice(version).flat()) await ask(statement)
  if (version < migrations.length)
    await ask('update rolebridge_store_version set version = $1', [migrations.length])
}
