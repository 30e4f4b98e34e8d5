import { type Entitlement, type OpenedRole, parseRoleArn, type RoleArn } from '../../core/index.ts'
import type { Aim, AllowRule, Grant, Policy } from '../compile/policy.ts'
import {
  agentVariable,
  isPlainRoleText,
  renderTemplate,
  type Scope,
  type Template,
} from '../compile/template.ts'
import type { OwnValues } from '../rules/way.ts'
import { type Place, places, renderFitting, sessionNameOf } from './fit.ts'
import type { Obstacle } from './trace.ts'

type Outcome<T> = { readonly value: T } | { readonly obstacle: Obstacle }
type RoleScope = Scope & { readonly role: RoleArn }
type Person = Omit<Scope, 'role'>

/** What a rule says of the session, filled in for a role. */
interface Names {
  readonly roleSessionName: string
  readonly sourceIdentity?: string
  readonly tags: Readonly<Record<string, string>>
  readonly transitiveTags: readonly string[]
}

/** The texts of a rule for one person: made once for all roles that are the same in what the rule names of them. */
export interface Texts {
  readonly scope: Person
  readonly own: (role: RoleArn) => Outcome<OwnValues>
  readonly names: (role: RoleArn) => Outcome<Names>
  /** Where the window of the rule ends, when that is within its time. */
  readonly windowEnds?: number | undefined
  /** The request that opens the role. */
  readonly opening?: OpenedRole
}

/** Prepares the texts of a rule for one set of captures. */
export function textsFor({ partition }: Policy, grant: Grant, scope: Person): Texts {
  const { account, role: name } = grant.namesOfRole
  const once = <T extends object>(make: (role: RoleArn) => T) => {
    let only: T | undefined
    if (!account && !name)
      return (role: RoleArn) => {
        only ??= make(role)
        return only
      }
    const made = new Map<string, T>()
    return (role: RoleArn) => {
      const key = `${account ? role.account : ''}/${name ? role.name : ''}`
      const known = made.get(key) ?? make(role)
      made.set(key, known)
      return known
    }
  }
  return {
    scope,
    own: once((role) => renderOwn(grant, { ...scope, role }, partition)),
    names: once((role) => renderNames(grant, { ...scope, role })),
  }
}

/**
 * The terms on which a rule gives a role. One value that is missing, or that AWS would not take, and the
 * rule gives nothing: a role without its tags or its source identity would be a different role.
 */
export function settleTerms(
  policy: Policy,
  { id, grant }: AllowRule,
  texts: Texts,
  aim: Aim,
  offered: ReadonlyMap<string, string> | undefined,
): { readonly entitlement: Entitlement } | { readonly notOffered: true } | { readonly obstacle: Obstacle } {
  const { role, roleArn } = aim
  const own = texts.own(role)
  if ('obstacle' in own) return own
  const provider = chooseProvider(policy, grant, aim, own.value, offered)
  if ('notOffered' in provider || 'obstacle' in provider) return provider
  const foreign = grant.policyOwners.some((owner) => owner !== role.account)
  if (foreign) return { obstacle: { what: 'other_account' } }
  const names = texts.names(role)
  if ('obstacle' in names) return names
  const entitlement: Entitlement = {
    id: roleArn,
    roleArn,
    account: policy.account(role.account),
    roleName: role.name,
    rule: id,
    via: grant.via,
    own: own.value,
    providerArn: provider.value,
    duration: grant.duration,
    maxDuration: grant.maxDuration,
    ...names.value,
    policyArns: grant.policyArns,
    ...(grant.policy !== undefined && { policy: grant.policy }),
    pinToSourceIp: grant.pinToSourceIp,
    ...(grant.pinTo !== undefined && { pinTo: grant.pinTo }),
    ...(texts.windowEnds !== undefined && { windowEnds: texts.windowEnds }),
    ...(texts.opening && { request: requestOf(texts.opening) }),
    ...(texts.scope.agent !== undefined && grant.agents === 'read-only' && { readOnly: true as const }),
  }
  return { entitlement }
}

const requestOf = ({ id, breakGlass }: OpenedRole) => ({ id, ...(breakGlass && { breakGlass }) })

function renderNames(grant: Grant, scope: RoleScope): Outcome<Names> {
  const tags = renderTags(grant.tags, scope)
  if ('obstacle' in tags) return tags
  const name = render(grant.sessionName ?? userName, scope, 'sessionName', sessionNameOf(grant.longestName))
  if ('obstacle' in name) return name
  const source =
    grant.sourceIdentity && render(grant.sourceIdentity, scope, 'sourceIdentity', places.sourceIdentity)
  if (source && 'obstacle' in source) return source
  return {
    value: {
      roleSessionName: name.value,
      ...(source && { sourceIdentity: source.value }),
      tags: tags.value,
      transitiveTags: grant.transitiveTags.filter((key) => Object.hasOwn(tags.value, key)),
    },
  }
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
  if (ownTexts.length === 0) return { value: own }
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
  target: Aim,
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
  const account =
    entrance === undefined ? target.role.account : (parseRoleArn(entered)?.account ?? target.role.account)
  const providerArn = policy.providerIn(account)
  return providerArn === undefined ? { obstacle: { what: 'no_provider' } } : { value: providerArn }
}
