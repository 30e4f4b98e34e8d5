import { type Entitlement, isSamlProviderArn, parseRoleArn, type RoleArn } from '../../core/index.ts'
import type { AllowRule, Grant, Policy } from '../compile/policy.ts'
import {
  agentVariable,
  isPlainRoleText,
  renderTemplate,
  type Scope,
  type Template,
} from '../compile/template.ts'
import { ownerOfPolicy } from '../rules/aws-limits.ts'
import type { OwnValues } from '../rules/way.ts'
import { type Place, places, renderFitting, sessionNameOf } from './fit.ts'
import type { Obstacle } from './trace.ts'

type RoleScope = Scope & { readonly role: RoleArn }
type Outcome<T> = { readonly value: T } | { readonly obstacle: Obstacle }

/**
 * The terms on which a rule gives a role. One value that is missing, or that AWS would not take, and the
 * rule gives nothing: a role without its tags or its source identity would be a different role.
 */
export function settleTerms(
  policy: Policy,
  { id, grant }: AllowRule,
  scope: RoleScope,
  roleArn: string,
  offered: ReadonlyMap<string, string> | undefined,
): { readonly entitlement: Entitlement } | { readonly notOffered: true } | { readonly obstacle: Obstacle } {
  const own = renderOwn(grant, scope, policy.partition)
  if ('obstacle' in own) return own
  const provider = chooseProvider(policy, grant, { role: scope.role, roleArn }, own.value, offered)
  if ('notOffered' in provider || 'obstacle' in provider) return provider
  const foreign = grant.policyArns.some(
    (arn) => (ownerOfPolicy(arn) ?? scope.role.account) !== scope.role.account,
  )
  if (foreign) return { obstacle: { what: 'other_account' } }
  const tags = renderTags(grant.tags, scope)
  if ('obstacle' in tags) return tags
  const name = render(grant.sessionName ?? userName, scope, 'sessionName', sessionNameOf(grant.longestName))
  if ('obstacle' in name) return name
  const source =
    grant.sourceIdentity && render(grant.sourceIdentity, scope, 'sourceIdentity', places.sourceIdentity)
  if (source && 'obstacle' in source) return source
  const entitlement: Entitlement = {
    id: roleArn,
    roleArn,
    account: policy.account(scope.role.account),
    roleName: scope.role.name,
    rule: id,
    via: grant.via,
    own: own.value,
    providerArn: provider.value,
    duration: grant.duration,
    maxDuration: grant.maxDuration,
    roleSessionName: name.value,
    ...(source && { sourceIdentity: source.value }),
    tags: tags.value,
    transitiveTags: grant.transitiveTags.filter((key) => Object.hasOwn(tags.value, key)),
    policyArns: grant.policyArns,
    ...(grant.policy !== undefined && { policy: grant.policy }),
    pinToSourceIp: grant.pinToSourceIp,
    ...(scope.agent !== undefined && grant.agents === 'read-only' && { readOnly: true as const }),
  }
  return { entitlement }
}

/** The default of `sessionName`. */
const userName: Template = { source: '${user}', parts: [{ kind: 'name', name: 'user', safe: true }] }

/** Session names always fit: AWS demands one, and nobody must lose a role over how they are called. */
function render(template: Template, scope: Scope, where: string, place: Place): Outcome<string> {
  const rendered = renderFitting(template, scope, place, where === 'sessionName')
  if (rendered === 'unfit') return { obstacle: { what: 'bad_value', where } }
  if ('missing' in rendered) return { obstacle: { what: 'missing', variable: rendered.missing, where } }
  return { value: rendered.text }
}

function renderTags(tags: AllowRule['grant']['tags'], scope: RoleScope): Outcome<Record<string, string>> {
  const values: Record<string, string> = {}
  for (const [key, template] of tags) {
    if (namesAbsentAgent(template, scope)) continue
    const rendered = render(template, scope, `tag ${key}`, places.tag)
    if ('obstacle' in rendered) return rendered
    values[key] = rendered.value
  }
  return { value: values }
}

/** A tag that tells of the agent is there when an agent asks, and only then. */
function namesAbsentAgent({ parts }: Template, { agent, captures }: RoleScope): boolean {
  if (agent !== undefined || captures[agentVariable] !== undefined) return false
  return parts.some((part) => typeof part === 'object' && part.kind === 'name' && part.name === agentVariable)
}

/** A way's own values with their texts filled in; a role among them must be one of this partition. */
function renderOwn({ own, ownTexts }: Grant, scope: RoleScope, partition: string): Outcome<OwnValues> {
  const values: Record<string, unknown> = structuredClone({ ...own })
  for (const { key, index, template, is } of ownTexts) {
    const rendered = renderTemplate(template, scope, is === 'role' ? isPlainRoleText : undefined)
    if ('missing' in rendered)
      return { obstacle: { what: 'missing', variable: rendered.missing, where: key } }
    if ('unsafe' in rendered) return { obstacle: { what: 'unsafe', variable: rendered.unsafe, where: key } }
    if (is === 'role') {
      const role = parseRoleArn(rendered.text)
      if (role === undefined) return { obstacle: { what: 'no_role_arn' } }
      if (role.partition !== partition) return { obstacle: { what: 'other_partition' } }
    }
    const list = values[key]
    if (index !== undefined && Array.isArray(list)) list[index] = rendered.text
    else values[key] = rendered.text
  }
  return { value: values }
}

/** The provider of the role that an identity provider vouches for: the role itself, or the one it is entered by. */
function chooseProvider(
  policy: Policy,
  { needs, entrance }: Grant,
  target: { readonly role: RoleArn; readonly roleArn: string },
  own: OwnValues,
  offered: ReadonlyMap<string, string> | undefined,
): Outcome<string> | { readonly notOffered: true } {
  if (needs === 'user-keys' && !policy.brokers.has(target.role.account))
    return { obstacle: { what: 'no_broker' } }
  if (needs !== 'assertion') return { value: '' }
  const [entered = target.roleArn] = entrance === undefined ? [] : [own[entrance]].flat().map(String)
  if (offered) {
    const providerArn = offered.get(entered)
    return providerArn === undefined ? { notOffered: true } : { value: providerArn }
  }
  const account = parseRoleArn(entered)?.account ?? target.role.account
  const providerArn = renderProvider(policy.provider, account)
  return providerArn === undefined ? { obstacle: { what: 'no_provider' } } : { value: providerArn }
}

function renderProvider(template: Template | undefined, account: string): string | undefined {
  const arn = template?.source.replaceAll('${account}', account)
  return arn !== undefined && isSamlProviderArn(arn) ? arn : undefined
}
