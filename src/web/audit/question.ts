import type { HistoryQuestion } from '../../bridge.ts'
import { parseDuration, parseEntitlementArn, Refusal } from '../../core/index.ts'
import { field } from '../request.ts'

/** Filters of addresses, and what they are called where they are asked. */
const texts = {
  user: 'user',
  idp: 'idp',
  role: 'role',
  account: 'account',
  rule: 'rule',
  code: 'code',
  request: 'requestId',
  session: 'session',
  address: 'address',
  access_key: 'accessKeyId',
  id: 'id',
  node: 'node',
  text: 'text',
} as const satisfies Readonly<Record<string, keyof HistoryQuestion>>

/** The parameters by which records are looked for, in API and page. */
export const filterNames = [...Object.keys(texts), 'type', 'outcome', 'since', 'until', 'mine'] as const

/** Reads the filters of an address. Throws `invalid_request` with a sentence that says which is wrong. */
export function questionOf(query: unknown, now: number): HistoryQuestion {
  const given: Record<string, unknown> = {}
  for (const [name, filter] of Object.entries(texts)) given[filter] = textIn(query, name)
  if (isAccessId(given.requestId)) {
    given.access = given.requestId
    given.requestId = undefined
  }
  const type = textIn(query, 'type')?.split(',')
  given.type = type?.length === 1 ? type[0] : type
  given.outcome = outcomeIn(query)
  given.since = instantIn(query, 'since', now)
  given.until = instantIn(query, 'until', now)
  if (textIn(query, 'mine') !== undefined) given.mine = true
  checkRole(given.role)
  const found = Object.entries(given).filter(([, value]) => value !== undefined)
  return Object.fromEntries(found) as HistoryQuestion
}

/** Requests for access have ids that people read out; those of HTTP have none of that shape. */
const isAccessId = (text: unknown) => typeof text === 'string' && /^[a-z2-9]{5}-[a-z2-9]{5}$/.test(text)

const textIn = (query: unknown, name: string) => field(query, name)?.trim() || undefined

function outcomeIn(query: unknown): string | undefined {
  const outcome = textIn(query, 'outcome')
  if (outcome === undefined || outcome === 'ok' || outcome === 'refused') return outcome
  throw wrong('outcome', 'must be ok or refused')
}

function checkRole(role: unknown): void {
  if (typeof role === 'string' && parseEntitlementArn(role) === undefined)
    throw wrong('role', 'must be the ARN of a role, such as arn:aws:iam::111122223333:role/Admin')
}

/** A time, a day, or how long ago. */
function instantIn(query: unknown, name: string, now: number): number | undefined {
  const text = textIn(query, name)
  if (text === undefined) return undefined
  const ago = /[smhd]$/.test(text) ? parseDuration(text) : undefined
  if (ago !== undefined) return now - ago * 1000
  const milliseconds = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::[\d.]+)?(?:Z|[+-]\d\d:\d\d)?)?$/.test(text)
    ? // What a field of a page sends names no zone: it is the one that the page shows times in.
      Date.parse(/T.*(?:Z|[+-]\d\d:\d\d)$|^[^T]*$/.test(text) ? text : `${text}Z`)
    : Number.NaN
  if (Number.isSafeInteger(milliseconds)) return milliseconds
  throw wrong(name, 'must be a time such as 2026-01-31T12:00:00Z, or how long ago, such as 2d')
}

/** Reads how many records are wanted. */
export function limitIn(query: unknown, most: number): number | undefined {
  const text = textIn(query, 'limit')
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,8}$/.test(text) && Number(text) <= most) return Number(text)
  throw wrong('limit', `must be 1 to ${most}`)
}

function wrong(name: string, how: string): Refusal {
  return new Refusal('invalid_request', `${name} is none`, { say: `${name} ${how}.` })
}
