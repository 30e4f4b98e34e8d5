import { parseEntitlementArn, suggestion } from '../../core/index.ts'
import { cliError, exit } from '../command.ts'
import type { Narrower } from '../credentials/narrower.ts'
import { type Bridge, callApi, requestNeeded, stepUpNeeded } from '../sign-in/access.ts'
import { canAsk } from '../terminal/terminal.ts'
import { choose } from './choose.ts'
import { fetchLocked } from './locked.ts'
import { readRole, record, text } from './read-role.ts'
import { hasOwnAlias, matchRoles, type Role, type RoleWish, roleLabel } from './role.ts'
import { rememberRoles, rolesListedBy } from './role-memory.ts'

/** The roles that the person may take now, in the bridge's order. */
export async function fetchRoles(bridge: Bridge): Promise<readonly Role[]> {
  const { roles } = await callApi(bridge, '/api/v1/roles')
  if (!Array.isArray(roles)) throw cliError(exit.unknown, 'The bridge answered without a list of roles.')
  const read = roles.flatMap((role: unknown) => readRole(role) ?? [])
  // The list is the person's, for completion and for names; a job may run beside them.
  if (!bridge.workload) rememberRoles(bridge.folder, bridge.url, read)
  return read
}

/**
 * The roles among which to look for the one that is meant. While the bridge is out of reach that is the one of this
 * name which it listed last: credentials of it may be kept, and only the bridge hands out others.
 */
export async function rolesFor(bridge: Bridge, wish: RoleWish): Promise<readonly Role[]> {
  try {
    return await fetchRoles(bridge)
  } catch (error) {
    const known =
      wish.role && !bridge.workload ? matchRoles(rolesListedBy(bridge.folder, bridge.url), wish) : []
    if ((error as { exitCode?: number }).exitCode === exit.connectivity && known.length === 1) return known
    throw error
  }
}

/**
 * The ARN of the role that is meant. A whole ARN is taken as it is: the bridge decides. Where a terminal is there
 * and the wish means several roles, the person chooses; elsewhere that is a fault that says what would do.
 */
export async function resolveRole(
  bridge: Bridge,
  wish: RoleWish,
  { purpose }: Pick<Narrower, 'purpose'> = {},
): Promise<string> {
  if (wish.role !== undefined && parseEntitlementArn(wish.role)) return wish.role
  if (!wish.role && !canAsk())
    throw cliError(exit.badUsage, 'Name a role with --role (rolebridge list shows yours).')
  const roles = await rolesFor(bridge, wish)
  const found = matchRoles(roles, wish)
  const [only, ...others] = found
  if (only === undefined) {
    const shut = purpose === undefined ? undefined : await lockedNamed(bridge, wish)
    if (shut === undefined) throw await noSuchRole(bridge, roles, wish)
    return shut
  }
  if (others.length === 0) return only.roleArn
  if (canAsk()) return (await chooseRole(found)).roleArn
  throw cliError(
    exit.badUsage,
    `${wish.role} means several roles; name one of\n${found.map((one) => `  ${roleLabel(one)}`).join('\n')}`,
  )
}

/** A purpose may be just what a role's condition wants: the bridge decides, and says what else is in the way. */
async function lockedNamed(bridge: Bridge, wish: RoleWish): Promise<string | undefined> {
  const { locked } = await fetchLocked(bridge).catch(() => ({ locked: [] }))
  const [only, ...others] = wish.role ? matchRoles(locked, wish) : []
  return others.length === 0 ? only?.roleArn : undefined
}

/** The role that this sign-in is bound to, when it is; a bridge that does not answer leaves it open. */
async function boundTo(bridge: Bridge): Promise<string | undefined> {
  const me = await callApi(bridge, '/api/v1/me').catch(() => ({}) as Record<string, unknown>)
  return text(record(me.session).role)
}

/** Why the role that is meant is none that can be taken: a condition keeps it shut, or there is none of that name. */
export async function noSuchRole(bridge: Bridge, roles: readonly Role[], wish: RoleWish): Promise<Error> {
  // A bridge that cannot say is no reason to say less than is known.
  const { locked, ask } = await fetchLocked(bridge).catch(() => ({ locked: [], ask: [] }))
  const [shut] = wish.role ? matchRoles(locked, wish) : []
  const told = (sentence: string) => cliError(exit.notAuthorised, [sentence, ...ask].join('\n'))
  if (shut?.openedBySignIn) {
    const why = `${roleLabel(shut)} is shut right now. ${shut.reasons.join(' ')}`
    return stepUpNeeded(bridge, why, shut.roleArn)
  }
  if (shut?.asked) return requestNeeded(`${roleLabel(shut)} is shut. ${shut.reasons.join(' ')}`, shut.roleArn)
  if (shut) return told(`You may not take ${roleLabel(shut)} right now. ${shut.reasons.join(' ')}`)
  if (roles.length === 0) return told('You may take no role. Why: rolebridge explain')
  return unknownRole(roles, wish, await boundTo(bridge))
}

function unknownRole(roles: readonly Role[], { role, account }: RoleWish, bound: string | undefined): Error {
  if (bound !== undefined)
    return cliError(
      exit.notAuthorised,
      `This sign-in is for the role ${bound} only. For more, sign in again with: rolebridge login --force`,
    )
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
      label: `${roleLabel(role)}  ${role.accountId}${hasOwnAlias(role) ? `  (${role.alias})` : ''}`,
    })),
  )
  if (chosen === undefined) throw cliError(exit.badUsage, 'No role was chosen.')
  return chosen
}
