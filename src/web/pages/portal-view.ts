import { type Entitlement, formatDuration } from '../../core/index.ts'
import { accountColor } from './colors.ts'

/** One role as a row of the portal. */
interface RoleRow {
  readonly arn: string
  readonly name: string
  readonly account: { readonly id: string; readonly name: string; readonly color: string }
  readonly duration: string
  readonly console: string
}

/** What the portal lists: recent roles, then every account with its roles. */
export function portalView(entitlements: readonly Entitlement[], recentArns: readonly string[]) {
  const accounts: { id: string; name: string; color: string; region: string; roles: RoleRow[] }[] = []
  for (const entitlement of entitlements) {
    const { id, name, region, color } = entitlement.account
    let account = accounts.at(-1)
    if (account?.id !== id) {
      account = { id, name, region, color: accountColor(color), roles: [] }
      accounts.push(account)
    }
    account.roles.push(roleRow(entitlement))
  }
  const byArn = recentArns.length === 0 ? [] : entitlements.filter((one) => recentArns.includes(one.roleArn))
  const recents = recentArns.flatMap((arn) => byArn.find((one) => one.roleArn === arn) ?? []).map(roleRow)
  return { accounts, recents, count: countOf(entitlements.length, accounts.length) }
}

const countOf = (roles: number, accounts: number) =>
  roles === 0
    ? ''
    : `${roles} ${roles === 1 ? 'role' : 'roles'} in ${accounts} ${accounts === 1 ? 'account' : 'accounts'}`

const roleRow = ({ roleArn, roleName, account, duration }: Entitlement): RoleRow => ({
  arn: roleArn,
  name: roleName,
  account: { id: account.id, name: account.name, color: accountColor(account.color) },
  duration: formatDuration(duration),
  console: consoleLink(account.id, roleName),
})

/** A link to share: whoever opens it gets the console as themselves, if they may. */
export const consoleLink = (accountId: string, roleName: string) =>
  `/console?account_id=${encodeURIComponent(accountId)}&role_name=${encodeURIComponent(roleName)}`
