import { plainName, Refusal, suggestion } from '../../core/index.ts'
import type { Grant } from '../../policy/index.ts'
import { plainNamesOf } from '../people/locks.ts'
import type { Seen } from '../people/seen.ts'
import type { ReviewedConfig } from './reviewed.ts'

/** Whom and what a review is about; what is not named is not looked at. */
export interface ReviewQuestion {
  /** How far back: who was seen since, and what nobody took since is unused. */
  readonly days: number
  /** Part of a name, however it is written. */
  readonly person?: string | undefined
  /** Twelve digits, or a name. */
  readonly account?: string | undefined
  /** Accounts by a tag, `env=prod`. */
  readonly tag?: string | undefined
  /** An ARN, or a role’s name. */
  readonly role?: string | undefined
  readonly rule?: string | undefined
  /** Only what was not used. */
  readonly unused?: boolean | undefined
}

export const day = 86_400_000
const mostDays = 400
const longest = 512

/** Throws `invalid_request` for a question that is none. */
export function checkQuestion({ days, tag, ...rest }: ReviewQuestion): void {
  const refuse = (detail: string, say: string) => {
    throw new Refusal('invalid_request', detail, { say })
  }
  if (!Number.isInteger(days) || days < 1 || days > mostDays)
    refuse('days is out of range', `days must be a whole number from 1 to ${mostDays}.`)
  if (tag !== undefined && !/^[^=]+=[^=]/.test(tag))
    refuse('the tag has no value', 'tag must be a tag and its value, such as env=prod.')
  for (const [name, value] of Object.entries({ tag, ...rest }))
    if (typeof value === 'string' && value.length > longest)
      refuse(`${name} is too long`, `${name} is too long.`)
}

/**
 * Throws `invalid_request` where it asks about a rule or an account’s name that is none: an empty answer would say that nobody
 * has anything. Which roles there are, and which accounts by their numbers, only those who come to them tell.
 */
export function refuseSlips(
  { rule, account }: ReviewQuestion,
  { rules, accountNames }: ReviewedConfig,
): void {
  if (rule !== undefined && !rules.has(rule)) throw none('rule', rule, rules.keys())
  if (account !== undefined && !/^\d{12}$/.test(account) && !accountNames.includes(account))
    throw none('account', account, accountNames)
}

function none(what: string, word: string, known: Iterable<string>): Refusal {
  const near = suggestion(word, known)
  const hint = near === undefined ? '' : ` Do you mean ${near}?`
  return new Refusal('invalid_request', `the configuration has no ${what} ${word.slice(0, 100)}`, {
    say: `The configuration has no ${what} ${word}.${hint}`,
  })
}

/** True when it asks about everybody and everything. */
export const asksAll = ({ days: _, ...rest }: ReviewQuestion): boolean =>
  Object.values(rest).every((one) => one === undefined || one === false)

/** Whether somebody is asked about, before anybody knows what they have. */
export function asksAbout({ person }: ReviewQuestion, { identity }: Seen): boolean {
  if (person === undefined) return true
  const wanted = plainName(person)
  return plainNamesOf(identity).some((name) => name.includes(wanted))
}

/** Whether a question is about this role by this rule. */
export function asksFor({ account, tag, role, rule }: ReviewQuestion, grant: Grant): boolean {
  const [key = '', ...value] = tag?.split('=') ?? []
  return (
    (account === undefined || grant.account.id === account || grant.account.name === account) &&
    (tag === undefined || grant.account.tags?.[key] === value.join('=')) &&
    (role === undefined || grant.roleArn === role || grant.roleName === role) &&
    (rule === undefined || grant.rule === rule)
  )
}
