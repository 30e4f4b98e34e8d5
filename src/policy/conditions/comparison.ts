import { suggestion } from '../../core/index.ts'
import { addressOperators } from './addresses.ts'
import { booleanOperators } from './booleans.ts'
import { dateOperators } from './dates.ts'
import { findKey, type Key, keyNames } from './keys.ts'
import { numericOperators } from './numbers.ts'
import type { Operator, Test } from './operator.ts'
import { stringOperators } from './strings.ts'

/** The registry: a new family of operators is a new file and a line here. */
const operators: Readonly<Record<string, Operator>> = {
  ...stringOperators,
  ...numericOperators,
  ...dateOperators,
  ...booleanOperators,
  ...addressOperators,
}

/** One line of a condition block, ready to be judged. */
export interface Comparison {
  readonly operator: string
  readonly key: string
  readonly wanted: readonly string[]
  readonly read: Key['read']
  /** Undefined when a value that decides it cannot be read. */
  readonly holds: (values: readonly string[]) => boolean | undefined
  /** It can hold although the key is absent. */
  readonly holdsWhenAbsent: boolean
}

/** Reads `operator: { key: wanted }`, or says what is wrong and with which of the three. */
export function readComparison(
  operator: string,
  key: string,
  wanted: readonly string[],
): { comparison: Comparison } | { fault: string; about: 'operator' | 'key' | 'value' } {
  const variable = wanted.find((value) => value.includes('${'))
  if (variable !== undefined) return { fault: sayVariable(variable), about: 'value' }
  const known = findKey(key)
  if (!known) return { fault: unknown('condition key', key, keyNames), about: 'key' }
  if (operator === 'Null') return readNull(key, known, wanted)
  const [, quantifier, name = '', ifExists] = qualifiedName.exec(operator) ?? []
  const base = Object.hasOwn(operators, name) ? operators[name] : undefined
  if (!base) return { fault: unknownOperator(operator, name), about: 'operator' }
  if (!base.compares.includes(known.kind))
    return { fault: `${name} does not fit ${key}, which is ${kindWords[known.kind]}`, about: 'operator' }
  const wants = base.wildcards ? undefined : known.wants
  const tests = wanted.map((value) => (wants && !wants.accepts(value) ? undefined : base.read(value)))
  if (tests.some((test) => !test)) return { fault: `wants ${wants?.say ?? base.example}`, about: 'value' }
  const matches: Test = (actual) => some(tests.map((test) => test?.(actual)))
  const holds = quantified(matches, base.negated, quantifier, ifExists !== undefined)
  const holdsWhenAbsent = holds([]) === true
  return { comparison: { operator, key, wanted, read: known.read, holds, holdsWhenAbsent } }
}

/** True when one is; else undefined when one is not known. */
function some(verdicts: readonly (boolean | undefined)[]): boolean | undefined {
  if (verdicts.includes(true)) return true
  return verdicts.includes(undefined) ? undefined : false
}

function every(verdicts: readonly (boolean | undefined)[]): boolean | undefined {
  if (verdicts.includes(false)) return false
  return verdicts.includes(undefined) ? undefined : true
}

const qualifiedName = /^(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?$/

/**
 * IAM's rules for keys that are absent or have several values (IAM User Guide, "Condition operators" and "Set
 * operators for multi-valued context keys").
 * - Absent key: false; true for a negated operator, for `…IfExists` and for `ForAllValues:`. `ForAnyValue:` looks
 *   for a value that passes, so without one it is false whatever stands behind it, `…IfExists` too. For the set
 *   operators a key whose values are all empty text counts as absent.
 * - `ForAnyValue:`: one of the values passes. `ForAllValues:`: each of them does.
 * - Several values without a set operator, which IAM leaves open: a plain operator needs one value that
 *   matches, a negated one needs that none does. So `StringNotEquals` never lets a forbidden value through
 *   because another value stands beside it.
 * - A value that cannot be read (`n/a` as a number) makes it undefined, unless the other values decide.
 */
function quantified(
  matches: Test,
  negated: boolean,
  quantifier: string | undefined,
  ifExists: boolean,
): Comparison['holds'] {
  const passes: Test = negated ? (actual) => not(matches(actual)) : matches
  return (values) => {
    const present = quantifier ? values.some((value) => value !== '') : values.length > 0
    if (!present) return quantifier ? quantifier === 'ForAllValues' : ifExists || negated
    const all = quantifier ? quantifier === 'ForAllValues' : negated
    return all ? every(values.map(passes)) : some(values.map(passes))
  }
}

function not(verdict: boolean | undefined): boolean | undefined {
  return verdict === undefined ? undefined : !verdict
}

function readNull(key: string, { read }: Key, wanted: readonly string[]): ReturnType<typeof readComparison> {
  if (wanted.some((value) => value !== 'true' && value !== 'false'))
    return { fault: 'wants true (the key must be absent) or false (it must be there)', about: 'value' }
  const holds = (values: readonly string[]) => wanted.includes(String(values.length === 0))
  return { comparison: { operator: 'Null', key, wanted, read, holds, holdsWhenAbsent: holds([]) } }
}

const kindWords = {
  text: 'text',
  number: 'a number',
  boolean: 'true or false',
  address: 'an address',
  date: 'a date',
  time: 'a time of day',
  any: 'an attribute',
} as const

/** Taken as plain text, a negated operator would hold for everybody. */
function sayVariable(value: string): string {
  return `holds "${value}", and variables in condition values are not supported yet: write the value itself`
}

/** Families of IAM's that have no keys here. */
const elsewhere: Readonly<Record<string, string>> = {
  Arn: 'no key here is an ARN by nature; write StringLike or StringEquals instead of Arn…',
  Binary: 'no key here is binary',
}

function unknownOperator(operator: string, name: string): string {
  const [family] = /^(?:Arn|Binary)(?=Not|Like|Equals)/.exec(name) ?? []
  if (family) return `does not know ${operator}: ${elsewhere[family]}`
  return unknown('condition operator', operator, operatorNames())
}

function operatorNames(): readonly string[] {
  const names = Object.keys(operators)
  const sets = ['ForAnyValue:', 'ForAllValues:']
  return ['Null', ...names, ...names.map((name) => `${name}IfExists`)].concat(
    sets.flatMap((set) => names.map((name) => set + name)),
  )
}

function unknown(what: string, word: string, known: readonly string[]): string {
  const meant = suggestion(word, known)
  return `unknown ${what} "${word}"${meant ? `; did you mean "${meant}"?` : ''}`
}
