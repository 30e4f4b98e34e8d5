import type { Identity } from '../../core/index.ts'
import type { FailedComparison } from './failed.ts'
import { dayName, sayWindow } from './windows.ts'

/** A comparison that did not hold, in the pieces that sentences are made of. */
interface Unmet extends Pick<FailedComparison, 'key' | 'wanted' | 'actual' | 'beside'> {
  /** The operator without set and `IfExists`. */
  readonly operator: string
  readonly negated: boolean
  /** `Only` or `Not`. */
  readonly only: string
  readonly identity: Identity
}

type Saying = (unmet: Unmet) => string | undefined

/** How a key says what is in the way, without the full stop; undefined leaves it to the default. One line per key. */
const sayings: Readonly<Record<string, Saying>> = {
  'bridge:SourceIp': ({ only, ...one }) => `${only} from ${or(one.wanted)}; you come from ${or(one.actual)}`,
  'bridge:Weekday': ({ only, ...one }) =>
    `${only} on ${list(one.wanted.map(dayName), 'and')}; it is ${or(one.actual.map(dayName))}`,
  'bridge:LocalTime': ({ only, ...one }) =>
    `${only} ${list(one.wanted.map(sayWindow), 'and')}; it is ${or(one.actual)}`,
  'bridge:TimeOfDay': (one) => span(one, 'Only'),
  'bridge:CurrentTime': (one) => span(one, 'Only'),
  'bridge:Channel': ({ only, ...one }) => `${only} by ${doors(one.wanted)}; you come by ${doors(one.actual)}`,
  'bridge:IdentityProvider': ({ only, ...one }) =>
    `${only} signed in with ${or(one.wanted)}; you signed in with ${or(one.actual)}`,
  'bridge:MultiFactorAuthPresent': ({ identity }) =>
    identity.mfa ? 'Only without a second factor' : 'You signed in without a second factor',
  'bridge:MultiFactorAuthAge': sayAge,
  'bridge:AuthnAge': ({ operator, wanted, actual }) => {
    if (actual.length === 0) return 'Your identity provider does not say when you signed in'
    return operator.startsWith('NumericLess') ? `Your sign-in is older than ${time(wanted)}` : undefined
  },
  'bridge:AuthnContext': ({ only, ...one }) =>
    `${only} signed in by ${or(one.wanted)}; you signed in by ${one.actual.length === 0 ? 'nothing that was said' : or(one.actual)}`,
  'bridge:Reason': ({ actual, wanted, only }) =>
    actual.length === 0
      ? 'Only with a purpose; say one with it'
      : `${only} with a purpose like ${or(wanted)}`,
  'bridge:Agent': sayAgent,
}

/**
 * One sentence on a comparison that did not hold, as a colleague would say it. Holds the rule's own words and the
 * person's own values, nothing of anybody else.
 */
export function sayUnmet(
  { operator, key, wanted, actual, beside, missing }: FailedComparison,
  identity: Identity,
): string {
  const plain = operator.replace(/^For\w+:|IfExists$/g, '')
  const negated = plain.includes('Not')
  const only = negated ? 'Not' : 'Only'
  const unmet = { operator: plain, key, wanted, actual, beside, negated, only, identity }
  const hasNullWords = [
    'bridge:Agent',
    'bridge:Reason',
    'bridge:MultiFactorAuthAge',
    'bridge:AuthnAge',
  ].includes(key)
  const own = operator === 'Null' && !hasNullWords ? undefined : sayings[key]?.(unmet)
  const lack =
    missing === undefined ? '' : `; you have no value, or several, for ${missing.replace('attribute.', '')}`
  return `${own ?? sayAnyKey(unmet)}${lack}.`
}

/** What of this a new sign-in would mend; undefined when something else stands in the way as well. */
export function sayRemedy(failed: readonly FailedComparison[], { mfa }: Identity): string | undefined {
  const mended = ({ key, wanted }: FailedComparison) =>
    (key === 'bridge:MultiFactorAuthPresent' && wanted.includes('true')) ||
    key === 'bridge:MultiFactorAuthAge' ||
    key === 'bridge:AuthnAge'
  if (!failed.every(mended)) return undefined
  const factor = !mfa && failed.some(({ key }) => key !== 'bridge:AuthnAge')
  return factor ? 'Sign in again with a second factor.' : 'Sign in again.'
}

/** For attributes, and for keys that have no words of their own. */
function sayAnyKey({ operator, key, wanted, actual, only }: Unmet): string {
  const isAttribute = key.startsWith('saml:')
  const [, tag] = /^bridge:AccountTag\/(.+)$/s.exec(key) ?? []
  const name = isAttribute ? key.slice('saml:'.length) : tag === undefined ? key : `the account’s tag ${tag}`
  const said = actual.length === 0 ? 'nothing' : or(actual)
  const end = isAttribute ? `your identity provider says ${said}` : `it is ${said}`
  if (operator === 'Null') return `${wanted.includes('true') ? 'Not' : 'Only'} with ${name}; ${end}`
  const relation = relations[operator.replace(/^(?:String|Numeric|Date|Ip|Arn)/, '')] ?? ''
  return `${only} with ${name} ${relation}${or(wanted)}; ${end}`
}

/** How values are compared, where it is not by being the same. */
const relations: Readonly<Record<string, string>> = {
  Like: 'like ',
  NotLike: 'like ',
  LessThan: 'below ',
  LessThanEquals: 'at most ',
  GreaterThan: 'above ',
  GreaterThanEquals: 'at least ',
}

/** Both ends of a span, although only one of them may be what failed. */
function span({ operator, key, wanted, actual, beside = [] }: Unmet, only: string): string | undefined {
  const ends = [{ operator, wanted }, ...beside.filter((one) => one.key === key)]
  const end = (kind: string) => ends.find((one) => one.operator.startsWith(`Date${kind}Than`))?.wanted
  const [from, to] = [end('Greater'), end('Less')]
  if (!operator.startsWith('Date') || !(from ?? to)) return undefined
  const now = `it is ${moment(or(actual))}`
  const [first, last] = [moment(or(from ?? [])), moment(or(to ?? []))]
  if (from && to) return `${only} between ${first} and ${last}; ${now}`
  return from ? `${only} from ${first} on; ${now}` : `${only} until ${last}; ${now}`
}

/** `2026-01-31T08:00:00.000Z` as people read it. */
function moment(text: string): string {
  return text.replace(/T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?Z$/, ' $1 UTC')
}

function sayAge({ operator, wanted, actual, identity }: Unmet): string | undefined {
  if (actual.length === 0)
    return identity.mfa
      ? 'Your identity provider does not say when you signed in'
      : 'You signed in without a second factor'
  return operator.startsWith('NumericLess') ? `Your sign-in is older than ${time(wanted)}` : undefined
}

function time(wanted: readonly string[]): string {
  const seconds = Math.max(...wanted.map(Number))
  const [unit, size] =
    seconds % 3600 === 0 ? ['hour', 3600] : seconds % 60 === 0 ? ['minute', 60] : ['second', 1]
  const count = seconds / size
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

function sayAgent({ operator, wanted, actual, negated }: Unmet): string | undefined {
  const asks = actual.length === 0 ? 'and none asks' : `and one asks (${or(actual)})`
  if (operator === 'Null')
    return `${wanted.includes('true') ? 'Not for AI agents' : 'Only for AI agents'}, ${asks}`
  if (negated) return `Not for the AI agent ${or(wanted)}`
  return `Only for the AI agent ${or(wanted)}; ${actual.length === 0 ? 'none asks' : `${or(actual)} asks`}`
}

const channels: Readonly<Record<string, string>> = {
  portal: 'the portal',
  tile: 'a tile of your identity provider',
  cli: 'the command line',
  api: 'the API',
  'aws-sso': 'aws sso login',
  console: 'a console link',
  workload: 'a workload’s token',
}

function doors(values: readonly string[]): string {
  return or(values.map((door) => channels[door] ?? door))
}

function or(values: readonly string[]): string {
  return list(
    values.map((value) => (value.length > 100 ? `${value.slice(0, 100)}…` : value)),
    'or',
  )
}

function list(items: readonly string[], joint: string): string {
  const more = items.length > 5 ? [...items.slice(0, 4), `${items.length - 4} more`] : items
  return more.length < 2 ? more.join('') : `${more.slice(0, -1).join(', ')} ${joint} ${more.at(-1)}`
}
