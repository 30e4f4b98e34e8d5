import { chainLine, genesis } from '../../src/events/index.ts'
import { handOut, start } from './samples.ts'

/** The tables as version 1 made them, in the words of either database. They are never changed: somebody has them. */
export function tablesOfVersion1(kind: 'sqlite' | 'postgres'): readonly string[] {
  const [whole, row, last] =
    kind === 'sqlite'
      ? ['integer', 'integer primary key autoincrement', '']
      : ['bigint', 'bigint generated always as identity primary key', ', "row"']
  return [
    `create table records ("row" ${row}, id text not null unique, node text not null, seq ${whole} not null,
       at ${whole} not null, type text not null, code text, person text, role text, account text, rule text,
       request text, session text, address text, access_key text, line text not null)`,
    `create index records_at on records (at${last})`,
    ...['type', 'code', 'person', 'role', 'account', 'rule', 'session', 'address'].map(
      (name) => `create index records_${name} on records (${name}, at${last}) where ${name} is not null`,
    ),
    ...['request', 'access_key'].map(
      (name) => `create index records_${name} on records (${name}) where ${name} is not null`,
    ),
    ...(kind === 'postgres' ? ['create index records_chain on records (node, seq)'] : []),
    `create table uses (key text primary key, protocol text not null, issuer text not null, name_id text not null,
       person text not null, idp text not null, role text not null, account text not null, rule text not null,
       first ${whole} not null, last ${whole} not null, count ${whole} not null)`,
    ...['person', 'role', 'rule', 'last'].map((name) => `create index uses_${name} on uses (${name})`),
    `create table hours (hour ${whole} not null, type text not null, code text not null, count ${whole} not null,
       primary key (hour, type, code))`,
    `create table chains (node text primary key, seq ${whole} not null, hash text not null, file text not null,
       place ${whole} not null)`,
    `create table gaps (node text not null, first_seq ${whole} not null, last_seq ${whole} not null,
       primary key (node, first_seq))`,
    `create table meta (name text primary key, value text not null)`,
    `insert into meta values ('version', '1'), ('epoch', 'made-long-ago')`,
  ]
}

/** What version 2 added to them. */
export function tablesOfVersion2(kind: 'sqlite' | 'postgres'): readonly string[] {
  const last = kind === 'sqlite' ? '' : ', "row"'
  return [
    ...tablesOfVersion1(kind),
    ...['whose', 'access'].flatMap((name) => [
      `alter table records add column ${name} text`,
      `create index records_${name} on records (${name}, at${last}) where ${name} is not null`,
    ]),
    `update meta set value = '2' where name = 'version'`,
  ]
}

/** Rows that were written then, of two people, one of them about the other. `columns`: of version 2. */
export function rowsOfThen(columns: boolean): readonly string[] {
  const events = [
    handOut(1),
    handOut(2, {
      type: 'request_approved',
      user: 'bob',
      person: 'alice',
      request: 'REQ-1',
      roleArn: undefined,
    }),
    handOut(3, { type: 'credentials_refused', code: 'not_entitled', accountId: '1'.repeat(40) }),
  ]
  let end = genesis
  const text = (value: unknown) => (value === undefined ? 'null' : `'${String(value).replaceAll("'", "''")}'`)
  const rows = events.map((event) => {
    const next = chainLine(end, event)
    end = next.end
    const { id, at, type, user, roleArn, accountId, rule, requestId, code, person, request } =
      event as unknown as Record<string, string>
    return `insert into records (id, node, seq, at, type, code, person, role, account, rule, request, line
        ${columns ? ', whose, access' : ''})
      values (${text(id)}, 'old', ${end.seq}, ${Date.parse(String(at))}, ${text(type)}, ${text(code)}, ${text(user)},
        ${text(roleArn)}, ${text(accountId)}, ${text(rule)}, ${text(requestId)}, ${text(next.line)}
        ${columns ? `, ${text(person)}, ${text(request)}` : ''})`
  })
  return [
    ...rows,
    `insert into uses values ('k', 'saml', 'https://idp.corp.example', 'alice-1', 'alice', 'corp',
       'arn:aws:iam::111122223333:role/Admin', '111122223333', 'admins', ${start + 60_000}, ${start + 60_000}, 1)`,
    `insert into chains values ('old', 3, '${end.hash}', '', 0)`,
  ]
}
