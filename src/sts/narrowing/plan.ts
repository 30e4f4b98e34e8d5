import { type Entitlement, parseEntitlementArn, Refusal } from '../../core/index.ts'
import type { GrantAsk } from '../grant.ts'
import { narrow, parsePolicy } from './narrow.ts'
import type { Reach } from './pin.ts'
import { sessionPolicy, writePolicy } from './session-policy.ts'

/** How a person wants a role to be narrowed; `policy` is in the ask itself. */
export interface Narrowing {
  readonly readOnly?: boolean | undefined
  readonly purpose?: string | undefined
}

/** One call of GetScopedCredentials: the session it is made with, narrower or shorter. */
export interface Scope {
  readonly policy?: string
  /** Seconds. */
  readonly duration?: number
}

/** The first call of STS, and what is laid over its session before anybody gets it. */
export interface Plan {
  readonly first: GrantAsk
  readonly scopes: readonly Scope[]
}

/** What the way to the role and the STS in use can do. */
export interface Means {
  /** The shortest session that the first call opens, in seconds. */
  readonly least: number
  readonly reach: Reach
  readonly canScope: boolean
}

/**
 * Says a narrowing in calls of STS, exactly: what comes of it may do what the rule, the wish, the pin and, read-only,
 * AWS's ReadOnlyAccess all allow. Session policies of one call are united, so the first call carries one set that
 * allows and Denies beside it; what cannot be said so becomes a scope, which is intersected. Throws `Refusal` for what
 * neither can say.
 */
export function planNarrowing(ask: GrantAsk, { readOnly }: Narrowing, means: Means): Plan {
  const based = readOnly ? overReadOnly(ask, means) : { first: ask, scopes: [] }
  const wished = layWish(based, means)
  const { first } = wished
  if (first.duration >= means.least) return wished
  if (!means.canScope)
    throw new Refusal('invalid_request', `${first.duration} s is below AWS’s ${means.least} s`)
  const rest = wished.scopes.slice(0, -1)
  const last: Scope = { ...wished.scopes.at(-1), duration: first.duration }
  return { first: { ...first, duration: means.least }, scopes: [...rest, last] }
}

/** AWS's own policy of this name, in the partition of the role. */
export function readOnlyAccess(roleArn: string): string {
  return `arn:${parseEntitlementArn(roleArn)?.partition ?? 'aws'}:iam::aws:policy/ReadOnlyAccess`
}

/**
 * ReadOnlyAccess is a managed policy, so it is in the first call or nowhere, and beside other managed policies it
 * would be united with them. The rule's own policy is laid over it, by Deny or as a scope.
 */
function overReadOnly(ask: GrantAsk, { canScope }: Means): Plan {
  const { entitlement } = ask
  const managed = readOnlyAccess(entitlement.roleArn)
  const { policy, ...terms } = entitlement
  const first = (denials: string | undefined): GrantAsk => ({
    ...ask,
    entitlement: {
      ...terms,
      policyArns: [managed],
      ...(denials !== undefined && { policy: denials }),
    },
  })
  if (entitlement.policyArns.some((arn) => arn !== managed)) throw unlayable(entitlement, 'policyArns')
  if (policy === undefined) return { first: first(undefined), scopes: [] }
  // United with ReadOnlyAccess it allows no less than that; what it denies stays denied.
  if (entitlement.policyArns.length > 0) return { first: first(denialsOf(policy, ask)), scopes: [] }
  const denials = asDenials(policy, ask)
  if (denials !== undefined) return { first: first(denials.text), scopes: [] }
  if (!canScope) throw unlayable(entitlement, 'a policy')
  return { first: first(undefined), scopes: [{ policy }] }
}

function denialsOf(policy: string, ask: GrantAsk): string | undefined {
  const { Statement, ...rest } = parsePolicy(policy)
  const denials = Statement.filter((statement) => 'Effect' in statement && statement.Effect === 'Deny')
  return denials.length === 0 ? undefined : writePolicy({ ...rest, Statement: denials }, ask)
}

/** The rule's own policy said by Deny alone; undefined when it cannot be. */
function asDenials(policy: string, ask: GrantAsk): { readonly text: string | undefined } | undefined {
  const document = parsePolicy(policy)
  return attempt(() => {
    const Statement = narrow(document, document.Version)
    return { text: Statement.length === 0 ? undefined : writePolicy({ ...document, Statement }, ask) }
  })
}

/** The wish goes into the first call where that can say it, else over its session. */
function layWish({ first, scopes }: Plan, { reach, canScope }: Means): Plan {
  const { policy, ...rest } = first
  if (policy === undefined || !canScope) return { first, scopes }
  if (attempt(() => ({ said: sessionPolicy(first, reach) })) !== undefined) return { first, scopes }
  // What is wrong without the wish is not the wish's fault, and is told as it is.
  sessionPolicy(rest, reach)
  return { first: rest, scopes: [...scopes, { policy: writePolicy(parsePolicy(policy), first) }] }
}

function attempt<T>(say: () => T): T | undefined {
  try {
    return say()
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}

function unlayable({ rule, roleName, readOnly }: Entitlement, what: string): Refusal {
  const detail =
    `rule ${rule} gives the role ${what} of its own, and AWS unites session policies of one call: ReadOnlyAccess ` +
    'beside it would widen it. Write a rule for read-only use that names ReadOnlyAccess alone in policyArns'
  const who = readOnly ? 'An AI agent may take this role read-only, and ' : ''
  return new Refusal(readOnly ? 'not_entitled' : 'invalid_request', detail, {
    say: `${who}${roleName} cannot be made read-only, because its rule gives it ${what} of its own. Please tell your administrator.`,
  })
}
