import { createHash } from 'node:crypto'

/**
 * The verbs, each one statement and so one transaction: there is nothing that a pooler between us and the server could
 * take apart, and no state of a session to lose. What a transaction needs it says within the statement: that it is done
 * when it is on the disk (a user or a database may have `synchronous_commit` off), and for how long it waits for a row.
 * Types are named where PostgreSQL would otherwise look for what fits best, and could find a function or an operator that
 * somebody else put into the schema to have it run by us.
 */
const durable = `with durable as materialized (
  select set_config('synchronous_commit', 'on', true), set_config('lock_timeout', '4000', true)
)`

const live = (now: string) => `(s.expires_at is null or s.expires_at > ${now})`

const insert = `${durable}
insert into rolebridge_store as s (key, name, value, expires_at)
select $1::bytea, $2::bytea, $3::bytea, $4::bigint from durable
on conflict (key) do update set`

/** $1 key, $2 name, $3 value, $4 expiry, and where time matters $5 now. */
const put = `${insert} value = excluded.value, expires_at = excluded.expires_at`

const putIfAbsent = `${put} where not ${live('$5::bigint')} returning 1`

/** A counter that runs keeps its expiry. Of a text that is no counter nothing comes back. */
const increment = `${insert}
  value = case when ${live('$5::bigint')}
    then convert_to((encode(s.value, 'escape')::bigint + 1)::text, 'UTF8'::name) else excluded.value end,
  expires_at = case when ${live('$5::bigint')} then s.expires_at else excluded.expires_at end
where not ${live('$5::bigint')} or encode(s.value, 'escape') ~ '^[0-9]{1,15}$'
returning value`

/** $1 key, $2 now. */
const take = `${durable}
delete from rolebridge_store s using durable where s.key = $1 and ${live('$2::bigint')} returning s.value`

/** $1 key, $2 expected, $3 next, $4 expiry or null to keep it, $5 now. */
const swap = `${durable}
update rolebridge_store s set value = $3, expires_at = coalesce($4::bigint, s.expires_at)
from durable where s.key = $1 and s.value = $2 and ${live('$5::bigint')} returning 1`

/** $1 key, $2 now. A standby may lag, so it is no one to ask whether somebody is locked: it says what it is. */
const get = `select pg_is_in_recovery() as standby, (
  select s.value from rolebridge_store s where s.key = $1 and ${live('$2::bigint')}
) as value`

/** $1 from this key, $2 to before that one, $3 how many. */
const page = `select s.key, s.name, s.value, s.expires_at, pg_is_in_recovery() as standby
from rolebridge_store s where s.key >= $1 and s.key < $2 order by s.key limit $3`

/**
 * $1 now less a margin, $2 how many, $3 the margin. Of our clock and the server's the one that is behind decides: a
 * clock that somebody set ahead throws nothing away. Rows that are being written are left for another time.
 */
const sweep = `delete from rolebridge_store where key = any (array(
  select s.key from rolebridge_store s
  where s.expires_at <= least($1::bigint, (extract(epoch from clock_timestamp())::numeric * 1000::numeric)::bigint - $3::bigint)
  order by s.expires_at limit $2 for update skip locked
)) returning 1`

export interface Statement {
  readonly name: string
  readonly text: string
}

/** Named after its text: behind a pooler another version of us must not meet the plan of this one. */
function statement(text: string): Statement {
  return { name: `rolebridge_${createHash('sha256').update(text).digest('hex').slice(0, 20)}`, text }
}

/** The verbs by name, for `asking.ts`. */
export const statements = {
  put: statement(put),
  putIfAbsent: statement(putIfAbsent),
  increment: statement(increment),
  take: statement(take),
  swap: statement(swap),
  get: statement(get),
  page: statement(page),
  sweep: statement(sweep),
} as const
