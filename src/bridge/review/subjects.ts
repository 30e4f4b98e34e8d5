import type { ReviewedRule } from '../../policy/index.ts'
import type { Held } from './held.ts'
import type { ReviewedConfig } from './reviewed.ts'
import { type Shown, shownOf } from './sign-offs.ts'
import type { Tallies } from './tallies.ts'

/** A role with how many come to it, of a rule or an account. */
export interface RoleShown {
  readonly roleArn: string
  readonly roleName: string
  readonly account: string
  readonly people: number
  readonly users: number
  readonly lastUsed: number | undefined
}

/**
 * What is shown of somebody’s roles. Whether a condition holds right now does not count, as it changes by the hour; what it
 * asks does, and so do the rules that deny them something.
 */
export function shownOfPerson({ rules }: ReviewedConfig, { grants, matched }: Held): Shown {
  const roles = grants.map(({ roleArn, rule, asked, maxDuration }) => ({
    name: JSON.stringify([roleArn, rule]),
    terms: [asked, maxDuration, rules.get(rule)?.terms],
  }))
  const denials = matched.flatMap((id) => {
    const rule = rules.get(id)
    return rule?.effect === 'deny' ? [rule.terms] : []
  })
  return shownOf(roles, denials, 1)
}

/** What is shown of a rule: how it is written, and which roles people come to by it. */
export function shownOfRule({ text }: ReviewedRule, roles: readonly RoleShown[], people: number): Shown {
  return shownOf(
    roles.map(({ roleArn }) => ({ name: roleArn, terms: '' })),
    text,
    people,
  )
}

/** What is shown of an account: which of its roles people come to, by which rules and on which terms. */
export function shownOfAccount(
  { rules }: ReviewedConfig,
  { byRule }: Tallies,
  roles: readonly RoleShown[],
  people: number,
): Shown {
  const leading = [...rules.values()].filter(({ id }) => (byRule.get(id)?.roles.size ?? 0) > 0)
  const by = (arn: string) => leading.filter(({ id }) => byRule.get(id)?.roles.has(arn))
  return shownOf(
    roles.map(({ roleArn }) => ({ name: roleArn, terms: by(roleArn).map(({ id, terms }) => [id, terms]) })),
    undefined,
    people,
  )
}

/** The roles of a walk that fit, by their account and name. */
export function rolesIn(
  { byRole }: Tallies,
  fits: (roleArn: string, account: string) => boolean,
): readonly RoleShown[] {
  return [...byRole]
    .filter(([arn, { account }]) => fits(arn, account.id))
    .map(([roleArn, { roleName, account, people, users, lastUsed }]) => ({
      ...{ roleArn, roleName, people, users, lastUsed },
      account: account.name,
    }))
    .toSorted((a, b) => a.account.localeCompare(b.account) || a.roleName.localeCompare(b.roleName))
}
