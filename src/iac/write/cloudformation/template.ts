import { stringify } from 'yaml'
import type { RolePlan } from '../../plan/plan.ts'
import { header, type Origin } from '../header.ts'
import { asksOf } from './asks.ts'
import { rolesOf, samlProviders, tokenIssuers } from './parts.ts'
import { type Block, perAccount } from './per-account.ts'

/** The accounts that one template is for, with what they hold. */
export interface TemplateAsk {
  readonly roles: readonly RolePlan[]
  readonly origin: Origin
  /** The metadata of whoever signs assertions; undefined: a parameter asks for it. */
  readonly metadata?: string | undefined
}

// "CloudFormation quotas".
const maxResources = 500
const maxParameters = 200
const maxBytes = 1_000_000

/**
 * A CloudFormation template in YAML, for one account or, as a StackSet, for several. Throws an error that says so when
 * CloudFormation would not take it.
 */
export function cloudFormation({ roles, origin, metadata }: TemplateAsk): string {
  const accounts = [...new Set(roles.map(({ account }) => account))].sort()
  const asks = asksOf(roles, metadata !== undefined)
  const resources = [...samlProviders(roles, metadata), ...tokenIssuers(roles), ...rolesOf(roles, asks)]
  const differing = perAccount(resources, accounts)
  const made = resources.map((resource) => {
    const { Type, ...rest } = resource.make(differing)
    const condition = differing.conditionOf(resource)
    return [resource.id, { Type, ...(condition && { Condition: condition }), ...rest }] as const
  })
  const template = {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'Roles that Rolebridge opens',
    Parameters: asks.parameters,
    ...(Object.keys(differing.mappings).length > 0 && { Mappings: differing.mappings }),
    Conditions: { ...asks.conditions, ...differing.conditions },
    Resources: Object.fromEntries(made),
  }
  // CloudFormation reads YAML 1.1, where a plain 2012-10-17 is a date and a plain no is false.
  const body = stringify(template, { lineWidth: 0, version: '1.1', aliasDuplicateObjects: false })
  const text = header(origin, said(roles, accounts)) + body
  checkSize(template, text)
  return text
}

function checkSize({ Resources, Parameters }: { Resources: Block; Parameters: Block }, text: string): void {
  const sizes = [
    { what: 'resources', is: Object.keys(Resources).length, most: maxResources },
    { what: 'parameters', is: Object.keys(Parameters).length, most: maxParameters },
    { what: 'bytes', is: Buffer.byteLength(text), most: maxBytes },
  ]
  const over = sizes.find(({ is, most }) => is > most)
  if (over === undefined) return
  const { what, is, most } = over
  throw new Error(
    `the template has ${is} ${what}, and CloudFormation takes ${most}; choose fewer accounts by --account`,
  )
}

/** For whom it is, and what must be there before. */
function said(roles: readonly RolePlan[], accounts: readonly string[]): readonly string[] {
  const hubs = roles.flatMap(({ account, doors }) =>
    doors.flatMap((door) => {
      const of = door.by === 'role' ? (door.roleArn.split(':')[4] ?? '') : account
      return of === account ? [] : [of]
    }),
  )
  const first = [...new Set(hubs)].sort()
  return [
    `For ${accounts.length === 1 ? 'account' : 'accounts'} ${accounts.join(', ')}.`,
    ...(first.length === 0
      ? []
      : [`Deploy in ${first.join(', ')} first: IAM takes no principal that does not exist.`]),
  ]
}
