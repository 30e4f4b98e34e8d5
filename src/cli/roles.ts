import { parseRoleArn, suggestion } from '../core/index.ts'
import { type Bridge, callApi } from './access.ts'
import { choose } from './choose.ts'
import { cliError, exit } from './command.ts'
import { rememberRoles } from './role-memory.ts'
import { canAsk, plain } from './terminal.ts'

/** One role that the person may take, as the bridge lists it. */
export interface Role {
  readonly roleArn: string
  readonly roleName: string
  readonly accountId: string
  readonly accountName: string
  readonly region?: string
  /** A short name that the administrator gave it. */
  readonly alias?: string
  /** Seconds. */
  readonly duration?: number
  readonly maxDuration?: number
}

/** What somebody said about the role they mean. */
export interface RoleWish {
  readonly role?: string
  readonly account?: string
}

/** How a role is shown and may be named. */
export function roleLabel({ accountName, roleName }: Role): string {
  return `${accountName}/${roleName}`
}

/** The roles that the person may take now, in the bridge's order. */
export async function fetchRoles(bridge: Bridge): Promise<readonly Role[]> {
  const { roles } = await callApi(bridge, '/api/v1/roles')
  if (!Array.isArray(roles)) throw cliError(exit.unknown, 'The bridge answered without a list of roles.')
  const read = roles.flatMap((role: unknown) => readRole(role) ?? [])
  rememberRoles(bridge.folder, bridge.url, read)
  return read
}

function readRole(value: unknown): Role | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const raw = value as Record<string, unknown>
  const account = (typeof raw.account === 'object' && raw.account !== null ? raw.account : {}) as Record<
    string,
    unknown
  >
  const text = (...values: unknown[]) => {
    const found = values.find((one): one is string => typeof one === 'string' && one !== '')
    return found === undefined ? undefined : plain(found)
  }
  const roleArn = text(raw.roleArn, raw.arn, raw.role) ?? ''
  const arn = parseRoleArn(roleArn)
  if (arn === undefined) return undefined
  const [region, alias] = [text(raw.region, account.region), text(raw.alias)]
  return {
    roleArn,
    roleName: arn.name,
    accountId: arn.account,
    accountName: text(raw.accountName, account.name) ?? arn.account,
    ...(region !== undefined && { region }),
    ...(alias !== undefined && { alias }),
    ...(typeof raw.duration === 'number' && { duration: raw.duration }),
    ...(typeof raw.maxDuration === 'number' && { maxDuration: raw.maxDuration }),
  }
}

/** The roles that a wish may mean: exact names first, any way of writing them in small or capital letters. */
export function matchRoles(roles: readonly Role[], { role, account }: RoleWish): readonly Role[] {
  const same = (left: string | undefined, right: string) => left?.toLowerCase() === right.toLowerCase()
  const here = account
    ? roles.filter((one) => one.accountId === account || same(one.accountName, account))
    : roles
  if (role === undefined || role === '') return here
  const ways: ((one: Role) => boolean)[] = [
    (one) => one.roleArn === role,
    (one) => same(one.alias, role),
    (one) => same(roleLabel(one), role) || same(`${one.accountId}/${one.roleName}`, role),
    (one) => one.roleName === role,
    (one) => same(one.roleName, role),
  ]
  for (const means of ways) {
    const found = here.filter(means)
    if (found.length > 0) return found
  }
  return []
}

/**
 * The ARN of the role that is meant. A whole ARN is taken as it is: the bridge decides. Where a terminal is there
 * and the wish means several roles, the person chooses; elsewhere that is a fault that says what would do.
 */
export async function resolveRole(bridge: Bridge, wish: RoleWish): Promise<string> {
  if (wish.role !== undefined && parseRoleArn(wish.role)) return wish.role
  if (!wish.role && !canAsk())
    throw cliError(exit.badUsage, 'Name a role with --role (rolebridge list shows yours).')
  const roles = await fetchRoles(bridge)
  if (roles.length === 0) throw cliError(exit.notAuthorised, 'You may take no role. Why: rolebridge explain')
  const found = matchRoles(roles, wish)
  const [only, ...others] = found
  if (only === undefined) throw unknownRole(roles, wish)
  if (others.length === 0) return only.roleArn
  if (canAsk()) return (await chooseRole(found)).roleArn
  throw cliError(
    exit.badUsage,
    `${wish.role} means several roles; name one of\n${found.map((one) => `  ${roleLabel(one)}`).join('\n')}`,
  )
}

function unknownRole(roles: readonly Role[], { role, account }: RoleWish): Error {
  if (account !== undefined && matchRoles(roles, { account }).length === 0)
    return cliError(exit.notAuthorised, `You have no role in an account ${account}.`)
  const names = roles.flatMap((one) => [one.roleName, roleLabel(one), ...(one.alias ? [one.alias] : [])])
  const near = suggestion(role ?? '', names)
  const hint = near === undefined ? 'rolebridge list shows yours.' : `Do you mean ${near}?`
  return cliError(exit.notAuthorised, `You have no role ${role}. ${hint}`)
}

async function chooseRole(roles: readonly Role[]): Promise<Role> {
  const chosen = await choose(
    'Role',
    roles.map((role) => ({
      value: role,
      label: `${roleLabel(role)}  ${role.accountId}${role.alias ? `  (${role.alias})` : ''}`,
    })),
  )
  if (chosen === undefined) throw cliError(exit.badUsage, 'No role was chosen.')
  return chosen
}
