import { type Entitlement, isSamlProviderArn, type RoleArn } from '../core/index.ts'
import { isSourceIdentity, isTagValue } from './aws-limits.ts'
import type { AllowRule, Policy } from './policy.ts'
import { sessionName } from './session-name.ts'
import { renderTemplate, type Scope, type Template } from './template.ts'
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
): { readonly entitlement: Entitlement } | { readonly obstacle: Obstacle } {
  const providerArn = offered ? offered.get(roleArn) : renderProvider(policy.provider, scope)
  if (providerArn === undefined) return { obstacle: { what: 'no_provider' } }
  const tags = renderTags(grant.tags, scope)
  if ('obstacle' in tags) return tags
  const name = grant.sessionName
    ? render(grant.sessionName, scope, 'sessionName')
    : { value: scope.identity.user }
  if ('obstacle' in name) return name
  const source = grant.sourceIdentity ? renderSourceIdentity(grant.sourceIdentity, scope) : undefined
  if (source && 'obstacle' in source) return source
  const entitlement: Entitlement = {
    id: roleArn,
    roleArn,
    account: policy.account(scope.role.account),
    roleName: scope.role.name,
    rule: id,
    via: grant.via,
    providerArn,
    duration: grant.duration,
    maxDuration: grant.maxDuration,
    roleSessionName: sessionName(name.value),
    ...(source && { sourceIdentity: source.value }),
    tags: tags.value,
    transitiveTags: grant.transitiveTags,
    policyArns: grant.policyArns,
    ...(grant.policy !== undefined && { policy: grant.policy }),
    pinToSourceIp: grant.pinToSourceIp,
  }
  return { entitlement }
}

function render(template: Template, scope: RoleScope, where: string): Outcome<string> {
  const rendered = renderTemplate(template, scope)
  if ('missing' in rendered) return { obstacle: { what: 'missing', variable: rendered.missing, where } }
  if ('unsafe' in rendered) return { obstacle: { what: 'unsafe', variable: rendered.unsafe, where } }
  return { value: rendered.text }
}

function renderTags(tags: AllowRule['grant']['tags'], scope: RoleScope): Outcome<Record<string, string>> {
  const values: Record<string, string> = {}
  for (const [key, template] of tags) {
    const where = `tag ${key}`
    const rendered = render(template, scope, where)
    if ('obstacle' in rendered) return rendered
    if (!isTagValue(rendered.value)) return { obstacle: { what: 'bad_value', where } }
    values[key] = rendered.value
  }
  return { value: values }
}

function renderSourceIdentity(template: Template, scope: RoleScope): Outcome<string> {
  const rendered = render(template, scope, 'sourceIdentity')
  if ('obstacle' in rendered || isSourceIdentity(rendered.value)) return rendered
  return { obstacle: { what: 'bad_value', where: 'sourceIdentity' } }
}

function renderProvider(template: Template | undefined, scope: RoleScope): string | undefined {
  if (!template) return undefined
  const { account } = scope.role
  const rendered = renderTemplate(template, { ...scope, captures: { account } })
  return 'text' in rendered && isSamlProviderArn(rendered.text) ? rendered.text : undefined
}
