import { sayAll } from '../explain/say.ts'
import type { AccountSelection } from './account-options.ts'

/** `in 212 accounts with env prod or staging, except legacy`; without a number when it is of no interest. */
export function sayAccounts({ named, tags, not }: AccountSelection, count?: number): string {
  const number = count === undefined ? '' : `${count} `
  const except = not === undefined ? '' : `, except ${sayChoice(not)}`
  if (named !== undefined) return `in ${sayAll(named, 'and')}${except}`
  const accounts = count === 1 ? 'account' : 'accounts'
  if (Object.keys(tags).length > 0) return `in ${number}${accounts} with ${sayTags(tags)}${except}`
  return not === undefined ? `in all ${number}accounts` : `in ${number || 'all '}${accounts}${except}`
}

function sayChoice({ named, tags }: Omit<AccountSelection, 'not'>): string {
  if (named !== undefined) return sayAll(named, 'and')
  return Object.keys(tags).length === 0 ? 'all' : `those with ${sayTags(tags)}`
}

function sayTags(tags: AccountSelection['tags']): string {
  return Object.entries(tags)
    .map(([key, values]) => `${key} ${sayAll(values, 'or')}`)
    .join(' and ')
}
