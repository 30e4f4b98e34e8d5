import { suggestion } from '../../core/index.ts'
import { addressOperators } from './addresses.ts'
import { arnOperators } from './arns.ts'
import { booleanOperators } from './booleans.ts'
import { dateOperators } from './dates.ts'
import { type Facts, findKey, type Key, keyNames } from './keys.ts'
import { numericOperators } from './numbers.ts'
import type { Operator, Test } from './operator.ts'
import { stringOperators } from './strings.ts'
import { readWanted, type Wanted, type WantedValue } from './wanted.ts'
import { windowOperators } from './windows.ts'

/** The registry: a new family of operators is a new file and a line here. */
const operators: Readonly<Record<string, Operator>> = {
  ...stringOperators,
  ...numericOperators,
  ...dateOperators,
  ...booleanOperators,
  ...addressOperators,
  ...arnOperators,
  ...windowOperators,
}

/** What came of one comparison for one person. */
interface Judgement {
  /** Undefined when a value that decides it cannot be read. */
  readonly verdict: boolean | undefined
  /** What was wanted, with variables filled in. */
  readonly wanted: readonly string[]
  readonly actual: readonly string[]
  /** The variable of a wanted value that has no value, or several, for this person. */
  readonly missing?: string
}

/** One line of a condition block, ready to be judged. */
export interface Comparison {
  readonly operator: string
  readonly key: string
  readonly judge: (facts: Facts) => Judgement
  /** It can hold although the key is absent. */
  readonly holdsWhenAbsent: boolean
}

type Reading = { comparison: Comparison } | { fault: string; about: 'operator' | 'key' | 'value' }
type Verdict = (actual: readonly string[]) => boolean | undefined

/** Reads `operator: { key: wanted }`, or says what is wrong and with which of the three. */
export function readComparison(operator: string, key: string, wanted: readonly string[]): Reading {
  const known = findKey(key)
  if (!known) return { fault: unknown('condition key', key, keyNames), about: 'key' }
  if (operator === 'Null') return readNull(key, known, wanted)
  const [, quantifier, name = '', ifExists] = qualifiedName.exec(operator) ?? []
  const base = Object.hasOwn(operators, name) ? operators[name] : undefined
  if (!base) return { fault: unknownOperator(operator, name), about: 'operator' }
  if (!base.compares.includes(known.kind))
    return { fault: `${name} does not fit ${key}, which is ${kindWords[known.kind]}`, about: 'operator' }
  const values: WantedValue[] = []
  for (const source of wanted) {
    const value = readWanted(source, base.variables === true)
    const fault = 'fault' in value ? value.fault : literalFault(value, base, known)
    if (fault !== undefined || 'fault' in value) return { fault: fault ?? '', about: 'value' }
    values.push(value)
  }
  const holds = quantified(base.negated, quantifier, ifExists !== undefined)
  const judge = judgeWith(values, wanted, base, known, holds)
  const holdsWhenAbsent = holds(() => false)([]) === true
  return { comparison: { operator, key, judge, holdsWhenAbsent } }
}

/** What a value without variables must be, and no person can change. */
function literalFault(value: WantedValue, base: Operator, { wants }: Key): string | undefined {
  const fixed = fixedOf(value)
  if (!fixed) return undefined
  if (wants && !base.wildcards && !wants.accepts(fixed.text)) return `wants ${wants.say}`
  return base.read(fixed) ? undefined : `wants ${(base.wildcards ? undefined : wants?.say) ?? base.example}`
}

function fixedOf(value: WantedValue): Wanted | undefined {
  if (value.hasVariables) return undefined
  const fixed = value.of(nobody)
  return 'missing' in fixed ? undefined : fixed
}

/** For values that are the same for everybody. */
const nobody = {
  protocol: 'saml' as const,
  provider: '',
  issuer: '',
  user: '',
  nameId: '',
  attributes: {},
  authnInstant: 0,
  mfa: false,
}

/** Values without variables are read once; a variable without a value leaves the whole comparison undecided. */
function judgeWith(
  values: readonly WantedValue[],
  sources: readonly string[],
  base: Operator,
  { read }: Key,
  holds: (matches: Test) => Verdict,
): Comparison['judge'] {
  const settle = (wanted: readonly Wanted[]) => {
    const tests = wanted.map((one) => base.read(one))
    const verdict = holds((actual) => some(tests.map((test) => test?.(actual))))
    return { verdict, wanted: wanted.map(({ text }) => text) }
  }
  const fixed = values.flatMap((value) => fixedOf(value) ?? [])
  const always = fixed.length === values.length ? settle(fixed) : undefined
  return (facts) => {
    const actual = read(facts)
    if (always) return { verdict: always.verdict(actual), wanted: always.wanted, actual }
    const filled: Wanted[] = []
    for (const value of values) {
      const one = value.of(facts.identity)
      if ('missing' in one) return { verdict: undefined, wanted: sources, actual, missing: one.missing }
      filled.push(one)
    }
    const { verdict, wanted } = settle(filled)
    return { verdict: verdict(actual), wanted, actual }
  }
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
  negated: boolean,
  quantifier: string | undefined,
  ifExists: boolean,
): (matches: Test) => Verdict {
  return (matches) => {
    const passes: Test = negated ? (actual) => not(matches(actual)) : matches
    return (values) => {
      const present = quantifier ? values.some((value) => value !== '') : values.length > 0
      if (!present) return quantifier ? quantifier === 'ForAllValues' : ifExists || negated
      const all = quantifier ? quantifier === 'ForAllValues' : negated
      return all ? every(values.map(passes)) : some(values.map(passes))
    }
  }
}

function not(verdict: boolean | undefined): boolean | undefined {
  return verdict === undefined ? undefined : !verdict
}

function readNull(key: string, { read }: Key, wanted: readonly string[]): Reading {
  if (wanted.some((value) => value !== 'true' && value !== 'false'))
    return { fault: 'wants true (the key must be absent) or false (it must be there)', about: 'value' }
  const holds = (values: readonly string[]) => wanted.includes(String(values.length === 0))
  const judge: Comparison['judge'] = (facts) => {
    const actual = read(facts)
    return { verdict: holds(actual), wanted, actual }
  }
  return { comparison: { operator: 'Null', key, judge, holdsWhenAbsent: holds([]) } }
}

const kindWords = {
  text: 'text',
  number: 'a number',
  boolean: 'true or false',
  address: 'an address',
  date: 'a date',
  time: 'a time of day',
  local: 'a day of the week with its time, so TimeWithin is for it',
  any: 'an attribute',
} as const

function unknownOperator(operator: string, name: string): string {
  if (/^Binary/.test(name)) return `does not know ${operator}: no key here is binary`
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
