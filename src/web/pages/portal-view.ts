import {
  accountColor,
  type Entitlement,
  formatDuration,
  parseRoleArn,
  rolesOnTheWay,
} from '../../core/index.ts'
import { fullName, nameRoles } from '../aws/role-names.ts'

/** One role as a row of the portal. */
interface RoleRow {
  readonly arn: string
  readonly name: string
  readonly account: { readonly id: string; readonly name: string; readonly color: string }
  readonly duration: string
  /** How it is taken, where that is through other roles; else empty. */
  readonly way: string
  readonly console: string
}

interface AccountSection {
  readonly id: string
  readonly name: string
  readonly color: string
  readonly region: string
  /** Their values, to search in. */
  readonly tags: string
  readonly roles: RoleRow[]
}

/** What the portal lists: recent roles, then every account with its roles. */
export function portalView(entitlements: readonly Entitlement[], recentArns: readonly string[]) {
  const names = namesOf(entitlements)
  const toRow = (one: Entitlement) => roleRow(one, names.get(one.id) ?? one.roleName)
  const accounts: AccountSection[] = []
  for (const entitlement of entitlements) {
    const { id, name, region, color, tags = {} } = entitlement.account
    let account = accounts.at(-1)
    if (account?.id !== id) {
      account = {
        id,
        name,
        region,
        color: accountColor(color),
        tags: Object.values(tags).join(' '),
        roles: [],
      }
      accounts.push(account)
    }
    account.roles.push(toRow(entitlement))
  }
  const byArn = recentArns.length === 0 ? [] : entitlements.filter((one) => recentArns.includes(one.roleArn))
  const recents = recentArns.flatMap((arn) => byArn.find((one) => one.roleArn === arn) ?? []).map(toRow)
  return { accounts, recents, count: countOf(entitlements.length, accounts.length) }
}

const countOf = (roles: number, accounts: number) =>
  roles === 0
    ? ''
    : `${roles} ${roles === 1 ? 'role' : 'roles'} in ${accounts} ${accounts === 1 ? 'account' : 'accounts'}`

/** By ARN: two roles of one account may differ by their path alone, and whoever chooses must see which is which. */
function namesOf(entitlements: readonly Entitlement[]): ReadonlyMap<string, string> {
  const byAccount = new Map<string, Entitlement[]>()
  for (const one of entitlements) {
    const others = byAccount.get(one.account.id)
    if (others) others.push(one)
    else byAccount.set(one.account.id, [one])
  }
  const named = [...byAccount.values()].flatMap(nameRoles)
  return new Map(named.map(({ name, entitlement }) => [entitlement.id, name]))
}

const roleRow = (entitlement: Entitlement, name: string): RoleRow => ({
  arn: entitlement.roleArn,
  name,
  account: accountOf(entitlement),
  duration: formatDuration(entitlement.duration),
  way: sayWay(entitlement),
  console: consoleLink(entitlement),
})

function sayWay(entitlement: Entitlement): string {
  const way = rolesOnTheWay(entitlement).map((arn) => parseRoleArn(arn)?.name ?? arn)
  return way.length === 0
    ? ''
    : `through ${way.join(', then ')}, ${formatDuration(entitlement.maxDuration)} at most`
}

const accountOf = ({ account: { id, name, color } }: Entitlement) => ({
  id,
  name,
  color: accountColor(color),
})

/** A link to share: whoever opens it gets the console as themselves, if they may. */
export const consoleLink = (entitlement: Entitlement) =>
  `/console?account_id=${encodeURIComponent(entitlement.account.id)}&role_name=${encodeURIComponent(fullName(entitlement))}`
