import { matchesGlob } from '../trust/operators.ts'
import { conditionHolds, type Facts } from '../trust/policy.ts'

/** One request as policies see it. */
export interface Ask {
  /** `service:Action`. */
  readonly action: string
  readonly resource: string
  readonly facts: Facts
}

/** Policy documents that are united; a principal has one or more such groups and is bound by each. */
export type PolicyGroup = readonly string[]

/**
 * Whether every group allows and none denies (IAM User Guide, "Policy evaluation logic": identity-based policies and
 * session policies). A group without documents allows nothing. What cannot be understood never allows and always
 * denies.
 */
export function permits(groups: readonly PolicyGroup[], ask: Ask): boolean {
  const verdicts = groups.map((documents) => documents.map((text) => judge(text, ask)))
  if (verdicts.flat().includes('deny')) return false
  return groups.length > 0 && verdicts.every((group) => group.includes('allow'))
}

interface Statement {
  readonly [element: string]: unknown
}

function judge(text: string, ask: Ask): 'allow' | 'deny' | 'silent' {
  const statements = read(text)
  if (statements === undefined) return 'deny'
  const verdicts = statements.map((statement) => ({ effect: statement.Effect, fits: fits(statement, ask) }))
  if (verdicts.some(({ effect, fits }) => effect !== 'Allow' && fits !== false)) return 'deny'
  return verdicts.some(({ fits }) => fits === true) ? 'allow' : 'silent'
}

function read(text: string): readonly Statement[] | undefined {
  try {
    return list<Statement>((JSON.parse(text) as { Statement?: Statement | Statement[] }).Statement)
  } catch {
    return undefined
  }
}

const elements = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition']

/** undefined: the statement holds something that this evaluation does not know. */
function fits(statement: Statement, { action, resource, facts }: Ask): boolean | undefined {
  if (Object.keys(statement).some((element) => !elements.includes(element))) return undefined
  if (JSON.stringify(statement).includes('${')) return undefined
  const named = names(statement, 'Action', (one) => matchesGlob(action.toLowerCase(), one.toLowerCase()))
  const on = names(statement, 'Resource', (one) => matchesGlob(resource, one))
  if (!named || !on) return false
  return conditionHolds(statement.Condition ?? {}, facts)
}

/** `Action` and `NotAction`, `Resource` and `NotResource`. */
function names(statement: Statement, element: string, matches: (one: string) => boolean): boolean {
  const inverted = `Not${element}`
  if (inverted in statement) return !list(statement[inverted]).map(String).some(matches)
  return list(statement[element]).map(String).some(matches)
}

function list<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value as T]
}
