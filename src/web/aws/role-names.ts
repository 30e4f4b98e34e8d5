import { type Entitlement, parseEntitlementArn } from '../../core/index.ts'

type Role = Pick<Entitlement, 'roleArn' | 'roleName'>

/** A role under the one name by which this protocol knows it. */
export interface NamedRole<T extends Role> {
  readonly name: string
  readonly entitlement: T
}

/**
 * The roles of one account by names that are unique there. A role's path is no part of its name, so that two roles
 * can be called the same: the first by path (no path comes first) has the plain name, the others are listed with
 * their path, `team/Admin`. Depends on nothing but the ARNs.
 */
export function nameRoles<T extends Role>(entitlements: readonly T[]): readonly NamedRole<T>[] {
  const taken = new Set<string>()
  return [...entitlements]
    .sort((a, b) => (pathOf(a) < pathOf(b) ? -1 : Number(pathOf(a) > pathOf(b))))
    .map((entitlement) => {
      const name = taken.has(entitlement.roleName) ? fullName(entitlement) : entitlement.roleName
      taken.add(entitlement.roleName)
      return { name, entitlement }
    })
}

/** The role of that name: as it is listed, or with its path, which names a role for good. */
export function findRole<T extends Role>(entitlements: readonly T[], name: string): T | undefined {
  const named = nameRoles(entitlements)
  return (named.find((one) => fullName(one.entitlement) === name) ?? named.find((one) => one.name === name))
    ?.entitlement
}

/** Empty, or ends with a slash. */
const pathOf = ({ roleArn }: Role) => parseEntitlementArn(roleArn)?.path ?? ''

/** Names a role of an account for good, whatever else it is listed with. */
export const fullName = (entitlement: Role) => `${pathOf(entitlement)}${entitlement.roleName}`
