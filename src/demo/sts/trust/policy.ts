import { matchesGlob, operatorNamed } from './operators.ts'

/** The facts of a request by condition key; keys are compared without regard to case. */
export type Facts = Readonly<Record<string, string | readonly string[] | undefined>>

/** Who asks for which action. */
export interface Ask {
  readonly principal: Principal
  readonly facts: Facts
}

/** Who speaks for the session: an identity provider by its ARN, or an AWS principal by all its names. */
export type Principal =
  | { readonly kind: 'Federated'; readonly names: readonly string[] }
  | { readonly kind: 'AWS'; readonly names: readonly string[] }

interface Statement {
  readonly Effect?: unknown
  readonly Principal?: unknown
  readonly Action?: unknown
  readonly Condition?: unknown
  readonly [other: string]: unknown
}

/**
 * Whether a role's trust policy allows `action`: some statement allows it and none denies it. What cannot be
 * understood never allows and always denies. A policy that is no JSON allows nothing.
 */
export function trusts(trustPolicy: string, action: string, ask: Ask): boolean {
  const statements = readStatements(trustPolicy)
  const applies = (statement: Statement, whenUnclear: boolean) => {
    const verdict = matches(statement, action, ask)
    return verdict === undefined ? whenUnclear : verdict
  }
  const denied = statements.some((one) => one.Effect !== 'Allow' && applies(one, true))
  return !denied && statements.some((one) => one.Effect === 'Allow' && applies(one, false))
}

function readStatements(text: string): readonly Statement[] {
  try {
    const policy = JSON.parse(text) as { Statement?: Statement | Statement[] }
    return list<Statement>(policy.Statement)
  } catch {
    return []
  }
}

/** undefined: the statement holds something that this evaluation does not know. */
function matches(statement: Statement, action: string, { principal, facts }: Ask): boolean | undefined {
  const known = ['Sid', 'Effect', 'Principal', 'Action', 'Condition']
  if (Object.keys(statement).some((element) => !known.includes(element))) return undefined
  if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny') return undefined
  const actions = list(statement.Action as string | string[])
  if (!actions.some((one) => matchesGlob(action.toLowerCase(), String(one).toLowerCase()))) return false
  if (!isNamed(statement.Principal, principal)) return false
  return conditionHolds(statement.Condition ?? {}, facts)
}

/** `*` alone, as in `{"AWS": "*"}`, means every AWS principal; no other wildcard exists in a Principal. */
function isNamed(element: unknown, { kind, names }: Principal): boolean {
  if (element === '*') return kind === 'AWS'
  if (element === null || typeof element !== 'object') return false
  const named = list((element as Record<string, string | string[]>)[kind])
  return named.some((one) => names.includes(one) || (kind === 'AWS' && one === '*'))
}

/** All comparisons of a block. One that does not hold decides; else one that is unclear makes all unclear. */
export function conditionHolds(condition: unknown, facts: Facts): boolean | undefined {
  if (condition === null || typeof condition !== 'object') return undefined
  const lower = new Map(Object.entries(facts).map(([key, value]) => [key.toLowerCase(), value]))
  const verdicts = Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries((keys ?? {}) as Record<string, unknown>).map(([key, expected]) =>
      holdsOne(operator, list(lower.get(key.toLowerCase())), list(expected).map(String)),
    ),
  )
  return every(verdicts)
}

/**
 * IAM User Guide, "Condition operators" and "Set operators for multi-valued context keys". `ForAnyValue:` looks
 * for a value that passes: on an absent key it is false, and `IfExists` behind it does not change that.
 */
function holdsOne(
  written: string,
  values: readonly string[],
  expected: readonly string[],
): boolean | undefined {
  if (expected.some((value) => value.includes('${'))) return undefined
  if (written === 'Null') return expected.includes(String(values.length === 0))
  const [, quantifier, name = '', ifExists] =
    /^(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?$/.exec(written) ?? []
  const operator = operatorNamed(name)
  if (operator === undefined) return undefined
  const present = quantifier ? values.some((value) => value !== '') : values.length > 0
  if (!present) return quantifier ? quantifier === 'ForAllValues' : ifExists !== undefined || operator.negated
  const meets = (value: string) => {
    const verdict = some(expected.map((one) => operator.test(value, one)))
    return operator.negated && verdict !== undefined ? !verdict : verdict
  }
  const all = quantifier ? quantifier === 'ForAllValues' : operator.negated
  return all ? every(values.map(meets)) : some(values.map(meets))
}

function some(verdicts: readonly (boolean | undefined)[]): boolean | undefined {
  if (verdicts.includes(true)) return true
  return verdicts.includes(undefined) ? undefined : false
}

function every(verdicts: readonly (boolean | undefined)[]): boolean | undefined {
  if (verdicts.includes(false)) return false
  return verdicts.includes(undefined) ? undefined : true
}

function list<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value as T]
}
