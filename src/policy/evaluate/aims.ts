import { type Identity, parseEntitlementArn, parseRoleArn } from '../../core/index.ts'
import type { Captures } from '../compile/pattern.ts'
import type { Aim, AllowRule, CompiledAccounts, Policy } from '../compile/policy.ts'
import { couldRender, isPlainRoleText, isSingleVariable, renderTemplate } from '../compile/template.ts'
import { isReservedRole } from '../rules/aws-limits.ts'
import type { Obstacle } from './trace.ts'

type Aimed = Aim | { readonly obstacle: Obstacle }

/** The roles that a rule names for one candidate. */
export function aimsAt(
  policy: Policy,
  { grant }: AllowRule,
  identity: Identity,
  captures: Captures,
): readonly Aimed[] {
  if (grant.inAccounts) return aimsInAccounts(policy, grant.inAccounts, identity, captures)
  if (grant.aim) return [grant.aim]
  const accept = isSingleVariable(grant.role) ? undefined : isPlainRoleText
  const rendered = renderTemplate(grant.role, { identity, captures }, accept)
  const roleArn = textOf(rendered)
  if (typeof roleArn !== 'string') return [roleArn]
  const role = (grant.opens === undefined ? parseRoleArn : parseEntitlementArn)(roleArn)
  if (!role) return [{ obstacle: { what: 'no_role_arn' } }]
  if (role.partition !== policy.partition) return [{ obstacle: { what: 'other_partition' } }]
  return isReservedRole(`${role.path}${role.name}`)
    ? [{ obstacle: { what: 'reserved_role' } }]
    : [{ role, roleArn }]
}

/** A name that comes from the person is judged once, for it is the same in every account. */
function aimsInAccounts(
  { partition }: Policy,
  { ids, fixed, templates }: CompiledAccounts,
  identity: Identity,
  captures: Captures,
): readonly Aimed[] {
  if (templates.length === 0) return fixed
  const named = templates.flatMap((template): readonly Aimed[] => {
    const name = textOf(renderTemplate(template, { identity, captures }, isPlainRoleText))
    if (typeof name !== 'string') return [name]
    const example = parseRoleArn(`arn:${partition}:iam::000000000000:role/${name}`)
    if (!example) return [{ obstacle: { what: 'no_role_arn' } }]
    if (isReservedRole(name)) return [{ obstacle: { what: 'reserved_role' } }]
    return [...ids].map((account) => ({
      role: { ...example, account },
      roleArn: `arn:${partition}:iam::${account}:role/${name}`,
    }))
  })
  return [...fixed, ...named]
}

function textOf(rendered: ReturnType<typeof renderTemplate>): string | { readonly obstacle: Obstacle } {
  if ('missing' in rendered)
    return { obstacle: { what: 'missing', variable: rendered.missing, where: 'role' } }
  if ('unsafe' in rendered) return { obstacle: { what: 'unsafe', variable: rendered.unsafe, where: 'role' } }
  return rendered.text
}

/** False only when the rule leads nobody whatever to this role. */
export function couldLead({ grant: { role, inAccounts } }: AllowRule, roleArn: string): boolean {
  if (!inAccounts) return couldRender(role, roleArn)
  const { account = '', path = '', name = '' } = parseRoleArn(roleArn) ?? {}
  if (!inAccounts.ids.has(account)) return false
  return (
    inAccounts.fixed.some((aim) => aim.roleArn === roleArn) ||
    inAccounts.templates.some((template) => couldRender(template, `${path}${name}`))
  )
}
