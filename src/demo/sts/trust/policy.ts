import { matchesGlob, operatorNamed } from './operators.ts'

/** The facts of a request by condition key; keys are compared without regard to case. */
export type Facts = Readonly<Record<string, string | readonly string[] | undefined>>

/** Who asks for which action. */
export interface Ask {
  /** ARN of the SAML provider. */
  readonly federated: string
  readonly facts: Facts
}

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
function matches(statement: Statement, action: string, { federated, facts }: Ask): boolean | undefined {
  const known = ['Sid', 'Effect', 'Principal', 'Action', 'Condition']
  if (Object.keys(statement).some((element) => !known.includes(element))) return undefined
  if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny') return undefined
  const actions = list(statement.Action as string | string[])
  if (!actions.some((one) => matchesGlob(action.toLowerCase(), String(one).toLowerCase()))) return false
  if (!namesProvider(statement.Principal, federated)) return false
  return conditionHolds(statement.Condition ?? {}, facts)
}

function namesProvider(principal: unknown, federated: string): boolean {
  if (principal === null || typeof principal !== 'object') return false
  return list((principal as { Federated?: string | string[] }).Federated).includes(federated)
}

function conditionHolds(condition: unknown, facts: Facts): boolean | undefined {
  if (condition === null || typeof condition !== 'object') return undefined
  const lower = new Map(Object.entries(facts).map(([key, value]) => [key.toLowerCase(), value]))
  let holds = true
  for (const [operator, keys] of Object.entries(condition)) {
    for (const [key, expected] of Object.entries((keys ?? {}) as Record<string, unknown>)) {
      const actual = lower.get(key.toLowerCase())
      const one = holdsOne(operator, actual, list(expected).map(String))
      if (one === undefined) return undefined
      holds &&= one
    }
  }
  return holds
}

function holdsOne(
  written: string,
  actual: string | readonly string[] | undefined,
  expected: readonly string[],
): boolean | undefined {
  if (written === 'Null') return expected.includes(String(actual === undefined))
  const [, quantifier, name = '', ifExists] =
    /^(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?$/.exec(written) ?? []
  const operator = operatorNamed(name)
  if (operator === undefined) return undefined
  const values = list(actual)
  if (values.length === 0) {
    if (quantifier === 'ForAllValues' || ifExists !== undefined) return true
    return quantifier === undefined && operator.negated
  }
  const meets = (value: string) => expected.some((one) => operator.test(value, one)) !== operator.negated
  return quantifier === 'ForAllValues' || (quantifier === undefined && operator.negated)
    ? values.every(meets)
    : values.some(meets)
}

function list<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value as T]
}
