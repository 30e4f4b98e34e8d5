import type { RolePlan } from '../../plan/plan.ts'
import { nextStepPolicy, trustOf } from '../../trust.ts'
import { describe } from '../cloudformation/parts.ts'
import { header, type Origin } from '../header.ts'
import { nameOf } from '../names.ts'
import { call, Expression, type HclValue, hclBlock, hclValue } from './hcl.ts'
import { accountModule } from './module.ts'

export interface TerraformAsk {
  readonly roles: readonly RolePlan[]
  readonly origin: Origin
  /** The metadata of whoever signs assertions; undefined: a variable asks for it. */
  readonly metadata?: string | undefined
  readonly regionOf: (account: string) => string
}

/** A module for an account, and an instance of it for each; by file. */
export function terraform({ roles, origin, metadata, regionOf }: TerraformAsk): ReadonlyMap<string, string> {
  const accounts = [...new Set(roles.map(({ account }) => account))].sort()
  const doors = roles.flatMap((role) => role.doors)
  const partition = roles[0]?.arn.split(':')[1] ?? 'aws'
  const asks = {
    metadata: metadata === undefined && doors.some(({ by }) => by === 'saml'),
    subjects: doors.some((door) => door.by === 'token' && door.subjects === undefined),
  }
  const top = header(origin, [
    `For ${accounts.length === 1 ? 'account' : 'accounts'} ${accounts.join(', ')}.`,
  ])
  const providers = accounts.map((account) => provider(account, regionOf(account), partition))
  const instances = accounts.map((account) =>
    instance(
      account,
      roles.filter((role) => role.account === account),
      metadata !== undefined,
    ),
  )
  return new Map([
    ['main.tf', [top, settings, ...variables(asks), ...providers].join('\n')],
    ['accounts.tf', [top, ...instances].join('\n')],
    ['modules/account/main.tf', `${header({ ...origin, open: [] })}\n${accountModule}`],
    ...(metadata === undefined ? [] : ([['metadata.xml', metadata]] as const)),
  ])
}

const settings = hclBlock('terraform', { required_version: '>= 1.3' }, [
  hclBlock('required_providers', { aws: { source: 'hashicorp/aws', version: '>= 5.0' } }),
])

function variables(asks: { readonly metadata: boolean; readonly subjects: boolean }): readonly string[] {
  const variable = (name: string, description: string, type: string, standard?: HclValue) =>
    hclBlock(`variable "${name}"`, {
      ...{ description, type: new Expression(type) },
      ...(standard !== undefined && { default: standard }),
    })
  const policies =
    'ARNs of managed policies by Role, for every account, and by account id/Role, for one; ACCOUNT in an ARN stands for the account.'
  return [
    variable('deploy_role', 'Name of the role that Terraform takes in each account.', 'string'),
    variable('create_saml_provider', 'False where IAM has the SAML provider already.', 'bool', true),
    variable(
      'create_token_issuers',
      'False where IAM has the OpenID Connect providers already.',
      'bool',
      true,
    ),
    ...(asks.metadata ? [variable('saml_metadata', 'Metadata of the SAML provider.', 'string')] : []),
    ...(asks.subjects
      ? [variable('subjects', 'Subjects of tokens by rule; * stands for any text.', 'map(list(string))')]
      : []),
    variable('managed_policies', policies, 'map(list(string))', {}),
    variable('permissions_boundary', 'ARN of a permissions boundary for every role.', 'string', ''),
  ]
}

function provider(account: string, region: string, partition: string): string {
  const settings = { alias: `account_${account}`, region, allowed_account_ids: [account] }
  const role = new Expression(`"arn:${partition}:iam::${account}:role/\${var.deploy_role}"`)
  return hclBlock('provider "aws"', settings, [hclBlock('assume_role', { role_arn: role })])
}

function instance(account: string, roles: readonly RolePlan[], hasMetadata: boolean): string {
  const saml = new Set<string>()
  const issuers: Record<string, readonly string[]> = {}
  for (const door of roles.flatMap(({ doors }) => doors)) {
    if (door.by === 'saml') saml.add(door.providerArn.slice(door.providerArn.indexOf('/') + 1))
    if (door.by === 'token')
      issuers[door.issuer] = [...new Set([...(issuers[door.issuer] ?? []), ...door.audiences])].sort()
  }
  const metadata = new Expression(hasMetadata ? 'file("${path.module}/metadata.xml")' : 'var.saml_metadata')
  const providers = Object.fromEntries([...saml].sort().map((name) => [name, metadata]))
  return hclBlock(`module "account_${account}"`, {
    source: './modules/account',
    providers: { aws: new Expression(`aws.account_${account}`) },
    account,
    saml_providers: providedIf('create_saml_provider', providers),
    token_issuers: providedIf('create_token_issuers', issuers),
    managed_policies: new Expression('var.managed_policies'),
    permissions_boundary: new Expression('var.permissions_boundary'),
    roles: Object.fromEntries(roles.map((role) => [nameOf(role), described(role)])),
  })
}

/** Terraform wants both sides of a choice to be of one type: an empty list of pairs is of any. */
function providedIf(variable: string, all: Readonly<Record<string, HclValue>>): HclValue {
  if (Object.keys(all).length === 0) return {}
  return new Expression(`{ for key, value in ${hclValue(all, 1)} : key => value if var.${variable} }`)
}

function described(role: RolePlan): HclValue {
  const next = nextStepPolicy(role.next)
  return {
    path: `/${role.path}`,
    name: role.name,
    description: describe(role),
    max_session_duration: role.maxDuration,
    trust: call('jsonencode', withVariables(trustOf(role)), 3),
    ...(next && { next_step: call('jsonencode', withVariables(next), 3) }),
  }
}

function withVariables(node: unknown): HclValue {
  if (Array.isArray(node)) return node.map(withVariables)
  if (typeof node !== 'object' || node === null) return node as HclValue
  if ('subjectsFor' in node) return new Expression(`var.subjects[${JSON.stringify(node.subjectsFor)}]`)
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, withVariables(value)]))
}
