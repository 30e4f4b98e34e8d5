import { type Entitlement, isSamlProviderArn, type RoleArn } from '../core/index.ts'
import { ownerOfPolicy } from './aws-limits.ts'
import { type Place, places, renderFitting } from './fit.ts'
import type { AllowRule, Policy } from './policy.ts'
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
  const foreign = grant.policyArns.some(
    (arn) => (ownerOfPolicy(arn) ?? scope.role.account) !== scope.role.account,
  )
  if (foreign) return { obstacle: { what: 'other_account' } }
  const tags = renderTags(grant.tags, scope)
  if ('obstacle' in tags) return tags
  const name = render(grant.sessionName ?? userName, scope, 'sessionName', places.sessionName)
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
    providerArn,
    duration: grant.duration,
    maxDuration: grant.maxDuration,
    roleSessionName: name.value,
    ...(source && { sourceIdentity: source.value }),
    tags: tags.value,
    transitiveTags: grant.transitiveTags,
    policyArns: grant.policyArns,
    ...(grant.policy !== undefined && { policy: grant.policy }),
    pinToSourceIp: grant.pinToSourceIp,
  }
  return { entitlement }
}

/** The default of `sessionName`. */
const userName: Template = { source: '${user}', parts: [{ kind: 'name', name: 'user', safe: true }] }

/** Session names always fit: AWS demands one, and nobody must lose a role over how they are called. */
function render(template: Template, scope: Scope, where: string, place: Place): Outcome<string> {
  const rendered = renderFitting(template, scope, place, place === places.sessionName)
  if (rendered === 'unfit') return { obstacle: { what: 'bad_value', where } }
  if ('missing' in rendered) return { obstacle: { what: 'missing', variable: rendered.missing, where } }
  return { value: rendered.text }
}

function renderTags(tags: AllowRule['grant']['tags'], scope: RoleScope): Outcome<Record<string, string>> {
  const values: Record<string, string> = {}
  for (const [key, template] of tags) {
    const rendered = render(template, scope, `tag ${key}`, places.tag)
    if ('obstacle' in rendered) return rendered
    values[key] = rendered.value
  }
  return { value: values }
}

function renderProvider(template: Template | undefined, scope: RoleScope): string | undefined {
  if (!template) return undefined
  const { account } = scope.role
  const rendered = renderTemplate(template, { ...scope, captures: { account } })
  return 'text' in rendered && isSamlProviderArn(rendered.text) ? rendered.text : undefined
}
