import { Refusal } from '../../core/index.ts'
import type { HistoryFilter } from '../history.ts'

type Check = (value: unknown) => boolean

/** Longer texts are in no column whole. */
const longest = 2048
/** PostgreSQL refuses NUL, which would read as if it were away; no record has one. */
const text: Check = (value) =>
  typeof value === 'string' && value !== '' && value.length <= longest && !value.includes('\0')
const time: Check = (value) => Number.isSafeInteger(value) && Math.abs(value as number) < 8.64e15
const types: Check = (value) =>
  text(value) || (Array.isArray(value) && value.length > 0 && value.length <= 50 && value.every(text))
const person: Check = (value) =>
  typeof value === 'object' &&
  value !== null &&
  ['user', 'protocol', 'issuer', 'provider'].every((key) => text((value as Record<string, unknown>)[key]))

const about: Check = (value) => {
  const { user, ref } = (value ?? {}) as Record<string, unknown>
  return text(user) && (ref === undefined || text(ref))
}
const other: Check = (value) => {
  if (typeof value !== 'object' || value === null || 'or' in value) return false
  checkedFilter(value)
  return true
}

const checks: Readonly<Record<keyof HistoryFilter, Check>> = {
  user: text,
  nameId: text,
  idp: text,
  protocol: text,
  issuer: text,
  person,
  about,
  access: text,
  role: text,
  account: text,
  rule: text,
  type: types,
  outcome: (value) => value === 'ok' || value === 'refused',
  code: text,
  requestId: text,
  session: text,
  address: text,
  accessKeyId: text,
  id: text,
  node: text,
  since: time,
  until: time,
  text,
  or: other,
}

/** The filter without what is undefined. Throws `invalid_request` when anything in it is unknown or no value for its place. */
export function checkedFilter<F extends object>(filter: F): F {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined)
  for (const [name, value] of given) {
    if (!Object.hasOwn(checks, name)) throw badFilter(name, 'is no filter here')
    if (!checks[name as keyof HistoryFilter](value)) throw badFilter(name, 'has a value that fits nothing')
  }
  return Object.fromEntries(given) as F
}

/** Throws `invalid_request` unless it is a whole number from 1 to `most`. */
export function checkLimit(limit: number, most: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > most) throw badFilter('limit', `must be 1 to ${most}`)
}

function badFilter(name: string, why: string): Refusal {
  const say = `“${name.slice(0, 40)}” ${why}.`
  return new Refusal('invalid_request', `filter of the history: ${say}`, { say })
}
