/** One role that the person may take, as the bridge lists it. */
export interface Role {
  readonly roleArn: string
  readonly roleName: string
  readonly accountId: string
  readonly accountName: string
  readonly region?: string
  /** Tags of the account. */
  readonly tags?: Readonly<Record<string, string>>
  /** A short name that the administrator gave it. */
  readonly alias?: string
  /** Seconds. */
  readonly duration?: number
  readonly maxDuration?: number
  /** Roles that are taken on the way. */
  readonly through?: readonly string[]
  /** Where the window of the rule that gives it ends, when that is soon. */
  readonly window?: { readonly ends: string; readonly rule: string }
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

/** Whether the administrator gave it a name that says more than account and role. */
export function hasOwnAlias(role: Role): boolean {
  return role.alias !== undefined && role.alias !== roleLabel(role)
}

/** The roles that a wish may mean: exact names first, any way of writing them in small or capital letters. */
export function matchRoles<One extends Role>(
  roles: readonly One[],
  { role, account }: RoleWish,
): readonly One[] {
  const same = (left: string | undefined, right: string) => left?.toLowerCase() === right.toLowerCase()
  const here = account
    ? roles.filter((one) => one.accountId === account || same(one.accountName, account))
    : roles
  if (role === undefined || role === '') return here
  const ways: ((one: One) => boolean)[] = [
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
