import { colorNames, suggestion, type Warning } from '../../core/index.ts'
import type { AccountOptions } from './account-options.ts'
import type { RuleOptions } from './options.ts'

/** Warns of accounts that people will not know by sight: without a name, or with a colour that no page shows. */
export function lookAtAccounts(rules: readonly RuleOptions[], accounts: AccountOptions): readonly Warning[] {
  const colors = Object.entries(accounts).flatMap(([id, { color }]): readonly Warning[] => {
    if (color === undefined || colorNames.includes(color)) return []
    const meant = suggestion(color, colorNames)
    const message = `no page shows the colour ${color}${meant ? `; did you mean ${meant}?` : `; there are ${colorNames.join(', ')}`}`
    return [{ code: 'color-unknown', path: ['accounts', id, 'color'], message }]
  })
  return [...colors, ...(Object.keys(accounts).length === 0 ? [] : strangers(rules, accounts))]
}

/** Where no account has a name, nobody expects one. */
function strangers(rules: readonly RuleOptions[], accounts: AccountOptions): readonly Warning[] {
  return rules.flatMap((rule, index): readonly Warning[] => {
    if (rule.effect === 'deny') return []
    const { role, opens } = rule.grant
    const [, , , , account = ''] = role.split(':')
    if (!/^\d{12}$/.test(account) || Object.hasOwn(accounts, account)) return []
    const message = `leads to the account ${account}, which is not among the accounts: a slip, or add it there, so that people see a name`
    const key = opens === undefined ? 'role' : 'account'
    return [{ code: 'account-unlisted', path: ['rules', index, 'grant', key], message }]
  })
}
