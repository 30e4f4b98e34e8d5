import { type AccountInfo, parseEntitlementArn, parseRoleArn } from '../../core/index.ts'
import { isReservedRole, ownerOfPolicy } from '../rules/aws-limits.ts'
import type { GrantOptions } from '../rules/options.ts'
import { aimOf, type InAccounts, ownTexts } from '../rules/way.ts'
import type { Aim, CompiledAccounts, Grant } from './policy.ts'
import {
  agentVariable,
  givenVariables,
  isFixed,
  readTemplate,
  roleVariables,
  type Template,
  usesVariable,
} from './template.ts'

/** What grants are compiled with: the accounts of the configuration, and how to choose among them. */
export interface Surroundings {
  readonly partition: string
  readonly account: (id: string) => AccountInfo
  readonly select: (accounts: InAccounts['accounts']) => readonly string[]
}

/** The texts of a grant that may hold variables. */
export function templatesOf(grant: GrantOptions): readonly string[] {
  return [grant.role, ...(grant.inAccounts?.roles ?? []), ...textsOf(grant)]
}

/** Those among them that may name the role itself. */
export function textsOf({ sessionName = '', sourceIdentity = '', tags, texts, own }: GrantOptions) {
  return [
    sessionName,
    sourceIdentity,
    ...Object.values(tags),
    ...ownTexts(texts, own).map(({ text }) => text),
  ]
}

/** Reads the templates of a grant and chooses its accounts. */
export function compileGrant(grant: GrantOptions, groups: readonly string[], around: Surroundings): Grant {
  const inRole = [...givenVariables, ...groups]
  const elsewhere = [...inRole, ...roleVariables]
  const optional = (source: string | undefined) =>
    source === undefined ? undefined : template(source, elsewhere)
  const { texts, inAccounts, ...rest } = grant
  const names = (variable: string) => textsOf(grant).some((text) => usesVariable(text, variable))
  const role = template(aimOf(grant, around.partition), inRole)
  return {
    ...rest,
    role,
    aim: inAccounts === undefined && isFixed(role.source) ? aimAt(role.source, grant, around) : undefined,
    inAccounts: inAccounts && compileAccounts(inAccounts, inRole, around),
    sessionName: optional(grant.sessionName),
    sourceIdentity: optional(grant.sourceIdentity),
    tags: Object.entries(grant.tags).map(
      ([key, value]) => [key, template(value, [...elsewhere, agentVariable])] as const,
    ),
    ownTexts: ownTexts(texts, grant.own).map(({ text, ...where }) => ({
      ...where,
      template: template(text, elsewhere),
    })),
    namesOfRole: { account: names('account'), role: names('role') },
    policyOwners: grant.policyArns.flatMap((arn) => ownerOfPolicy(arn) ?? []),
  }
}

/** Undefined for what is no role that anybody can take: evaluation says why. */
function aimAt(roleArn: string, { opens }: GrantOptions, { partition }: Surroundings): Aim | undefined {
  const role = (opens === undefined ? parseRoleArn : parseEntitlementArn)(roleArn)
  if (role?.partition !== partition || isReservedRole(`${role.path}${role.name}`)) return undefined
  return { role, roleArn }
}

function compileAccounts(
  { accounts, roles }: InAccounts,
  known: readonly string[],
  { partition, select }: Surroundings,
): CompiledAccounts {
  const ids = select(accounts)
  const names = [...new Set(roles)]
  const fixed = ids.flatMap((id) =>
    names.filter(isFixed).map((name): Aim => {
      const roleArn = `arn:${partition}:iam::${id}:role/${name}`
      const role = parseRoleArn(roleArn)
      if (role === undefined) throw new TypeError(`${name} is no role’s name`)
      return { role, roleArn }
    }),
  )
  const templates = names.filter((name) => !isFixed(name)).map((name) => template(name, known))
  return { ids: new Set(ids), fixed, templates }
}

/** Reads a template that was found to be one; throws `TypeError` for any other. */
export function template(source: string, known: readonly string[]): Template {
  const result = readTemplate(source, known)
  if ('fault' in result) throw new TypeError(`template ${source}: ${result.fault}`)
  return result.template
}
