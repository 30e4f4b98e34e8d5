import { Refusal } from '../core/index.ts'

export interface PolicyDocument {
  readonly Version?: string
  readonly Statement: readonly object[]
}

const refuse = (detail: string) =>
  new Refusal('invalid_request', detail, { say: `This session policy cannot be used: it ${detail}.` })

/** Reads a policy document; a single statement becomes a list. Throws `Refusal` (invalid_request). */
export function parsePolicy(text: string): PolicyDocument {
  const document = parseObject(text)
  const statements = [document.Statement].flat()
  if (statements.length === 0 || !statements.every(isObject)) throw refuse('has no statements')
  const version = document.Version
  if (version !== undefined && version !== '2012-10-17' && version !== '2008-10-17')
    throw refuse('has an unknown Version')
  return { ...document, Statement: statements }
}

/**
 * Says a policy's narrowing by Deny alone, so that it can stand beside Allows without widening them. Exact for
 * Allows that share one Resource: what is not (an action of theirs on that resource) is denied, that is every
 * other action, and every action on another resource. Throws `Refusal` for anything else: a policy that is
 * only nearly the one asked for is none.
 */
export function narrow(wish: PolicyDocument, version: string | undefined): object[] {
  if (wish.Version !== version)
    throw refuse(`must have the Version ${version ?? '(none)'} of this role’s own policy`)
  const denies = wish.Statement.filter((statement) => effect(statement) === 'Deny')
  const allows = wish.Statement.filter((statement) => effect(statement) === 'Allow').map(plainAllow)
  const [first] = allows
  if (first === undefined) throw refuse('allows nothing')
  if (allows.some((allow) => JSON.stringify(allow.resources) !== JSON.stringify(first.resources)))
    throw refuse(
      'allows different resources; this role has a policy of its own, so name one set of resources',
    )

  const actions = [...new Set(allows.flatMap((allow) => allow.actions))]
  const result: object[] = denies.map((deny) => ({ ...deny, Sid: undefined }))
  if (!actions.includes('*')) result.push({ Effect: 'Deny', NotAction: actions, Resource: '*' })
  if (!first.resources.includes('*'))
    result.push({ Effect: 'Deny', Action: '*', NotResource: first.resources })
  return result
}

function plainAllow(statement: object): { actions: string[]; resources: string[] } {
  const { Sid: _, Effect: __, Action, Resource, ...rest } = statement as Record<string, unknown>
  const [other] = Object.keys(rest)
  if (other !== undefined)
    throw refuse(
      `has ${other} in an Allow; this role has a policy of its own, so only Action and Resource may be named`,
    )
  const resources = strings(Resource, 'Resource').sort()
  // A variable without a value matches nothing, but it is no promise that NotResource is then its opposite.
  if (resources.some((resource) => resource.includes('${')))
    throw refuse(
      'has a policy variable in Resource; this role has a policy of its own, so name plain resources',
    )
  return { actions: strings(Action, 'Action'), resources }
}

function strings(value: unknown, name: string): string[] {
  const list = [value].flat()
  if (list.length > 0 && list.every((entry) => typeof entry === 'string')) return list
  throw refuse(`has an Allow without ${name}`)
}

function effect(statement: object): 'Allow' | 'Deny' {
  const value = 'Effect' in statement ? statement.Effect : undefined
  if (value === 'Allow' || value === 'Deny') return value
  throw refuse('has a statement whose Effect is neither Allow nor Deny')
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw refuse('is no JSON')
  }
  if (!isObject(value)) throw refuse('is no JSON object')
  return value as Record<string, unknown>
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
