import { type Expression, type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from 'kysely'
import type { Database, Tables } from '../database/tables.ts'
import { indexed } from '../follow/row.ts'
import type { HistoryFilter } from '../history.ts'

export type Question<O> = SelectQueryBuilder<Tables, 'records', O>
export type Condition = Expression<SqlBool>

/** Columns with an index that begins with them, those that few records share first. */
const narrow = {
  id: 'id',
  accessKeyId: 'access_key',
  access: 'access',
  requestId: 'request',
  session: 'session',
  user: 'person',
  about: 'whose',
  role: 'role',
  address: 'address',
  rule: 'rule',
  account: 'account',
  code: 'code',
  type: 'type',
} as const satisfies Partial<Record<keyof HistoryFilter, keyof Tables['records']>>

/** What a filter asks: by its narrowest index, within its span of time, and all the rest. */
export interface Asked {
  readonly driving: Condition | undefined
  readonly span: readonly Condition[]
  readonly rest: readonly Condition[]
}

/** Each of the ways in which a record can fit, one question apiece. */
export function waysOf({ or, ...filter }: HistoryFilter, kind: Database['kind']): readonly Asked[] {
  return [conditionsOf(filter, kind), ...(or ? [conditionsOf(or, kind)] : [])]
}

/** Takes a filter apart, so that what one question costs can be bounded. `byRow`: it is answered in the order of rows. */
export function conditionsOf(
  filter: Omit<HistoryFilter, 'or'>,
  kind: Database['kind'],
  { byRow = false }: { readonly byRow?: boolean } = {},
): Asked {
  const { person, about, since, until, ...own } = filter
  // The sign keeps SQLite from an index whose many rows it would then have to sort.
  const sign = byRow && kind === 'sqlite' ? sql`+` : sql``
  const plain = { ...own, ...(person && { user: person.user }), ...(about && { about: about.user }) }
  const named = Object.entries(narrow).filter(
    ([name]) => typeof plain[name as keyof typeof narrow] === 'string',
  )
  const inColumns = named.map(([name, column], place) => {
    const value = plain[name as keyof typeof narrow] as string
    // Nor does it know which of two indexes few records share.
    const untried = place > 0 && kind === 'sqlite' ? sql`+` : sign
    return sql<SqlBool>`${untried}${sql.ref(column)} = ${indexed(value, column)}`
  })
  const [driving, ...more] = inColumns
  return {
    driving,
    span: [
      ...(since === undefined ? [] : [sql<SqlBool>`${sign}at >= ${since}`]),
      ...(until === undefined ? [] : [sql<SqlBool>`${sign}at < ${until}`]),
    ],
    rest: [...more, ...elsewhere(filter, kind, sign)],
  }
}

function elsewhere(
  filter: Omit<HistoryFilter, 'or'>,
  kind: Database['kind'],
  sign: RawBuilder<unknown>,
): Condition[] {
  const { person, about, user, type, outcome, node, text } = filter
  const field = (name: string) =>
    kind === 'sqlite' ? sql`line->>${sql.lit(`$.${name}`)}` : sql`(line::json)->>${sql.lit(name)}`
  const conditions: Condition[] = []
  const add = (condition: Condition) => conditions.push(condition)
  if (Array.isArray(type)) add(sql`${sign}type in (${sql.join(type)})`)
  if (outcome !== undefined) add(outcome === 'ok' ? sql`${sign}code is null` : sql`${sign}code is not null`)
  if (node !== undefined) add(sql`node = ${node}`)
  for (const name of ['idp', 'protocol', 'issuer', 'nameId'] as const)
    if (filter[name] !== undefined) add(sql`${field(name)} = ${filter[name]}`)
  if (about?.ref !== undefined) add(sql`${field('personRef')} = ${about.ref}`)
  if (person) {
    if (user !== undefined && user !== person.user) add(sql`1 = 0`)
    // A version that did not say the protocol had one for each entry of the configuration.
    const by = sql`(${field('protocol')} = ${person.protocol} or (${field('protocol')} is null and ${field('idp')} = ${person.provider}))`
    add(sql`${field('issuer')} = ${person.issuer} and ${by}`)
  }
  if (text !== undefined) {
    // As JSON writes it: a quotation mark stands behind a backslash there.
    const written = JSON.stringify(text).slice(1, -1)
    const pattern = `%${written.replace(/[\\%_]/g, '\\$&')}%`
    add(kind === 'sqlite' ? sql`line like ${pattern} escape '\\'` : sql`line ilike ${pattern} escape '\\'`)
  }
  return conditions
}
