import { Refusal, sessionPolicyFaults } from '../../core/index.ts'

export interface PolicyDocument {
  readonly Version?: string
  readonly Statement: readonly object[]
}

const refuse = (detail: string) =>
  new Refusal('invalid_request', detail, { say: `This session policy cannot be used: it ${detail}.` })

/** Reads a policy document by IAM's grammar; a single statement becomes a list. Throws `Refusal` (invalid_request). */
export function parsePolicy(text: string): PolicyDocument {
  const document = parseJson(text)
  const [fault] = sessionPolicyFaults(document)
  if (fault !== undefined) throw refuse(fault.message)
  const { Statement, ...rest } = document as { Statement: object | object[] }
  return { ...rest, Statement: [Statement].flat() }
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
  if (value === undefined) throw refuse(`has an Allow without ${name}`)
  return [value].flat() as string[]
}

function effect(statement: object): unknown {
  return 'Effect' in statement ? statement.Effect : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw refuse('is no JSON')
  }
}
