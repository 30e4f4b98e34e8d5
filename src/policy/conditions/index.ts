/**
 * IAM's condition language. Owns: operators, keys, and what absent and multiple values mean. Does not own:
 * which rule a condition belongs to.
 */
import { type Comparison, readComparison } from './comparison.ts'
import type { FailedComparison } from './failed.ts'
import { type Facts, isOfAccount } from './keys.ts'
import { turnRound } from './turned.ts'

export { edgesOfRange, isNetwork, isUnseen } from './addresses.ts'
export { readComparison } from './comparison.ts'
export type { FailedComparison } from './failed.ts'
export { type Circumstances, type Facts, wallClock } from './keys.ts'
export { sayRemedy, sayUnmet } from './say.ts'
export { whatOpens } from './what-opens.ts'
export { sayWindow } from './windows.ts'

/** `condition:` of a rule as the configuration holds it: operator, key, values. */
export type ConditionBlock = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>

/** A whole `condition:` block. All of its comparisons must hold; returns those that do not. */
export type Condition = (facts: Facts) => readonly FailedComparison[]

/**
 * Compiles a block that the options schema accepted; throws `TypeError` for any other. A value that an operator
 * cannot read lets a rule neither allow nor fail to deny.
 */
export function compileCondition(block: ConditionBlock, effect: 'allow' | 'deny'): Condition {
  const comparisons = readAll(block)
  return (facts) => {
    const failed: FailedComparison[] = []
    for (const { operator, key, judge } of comparisons) {
      const { verdict, ...said } = judge(facts)
      if (verdict ?? effect === 'deny') continue
      const beside = comparisons
        .filter((one) => one.key === key && one.operator !== operator)
        .map((one) => ({ operator: one.operator, key, wanted: one.judge(facts).wanted }))
      failed.push({ operator, key, ...said, ...(beside.length > 0 && { beside }) })
    }
    return failed
  }
}

/** What would have to hold, one of it, so that a block which denies somebody does not; undefined for an empty one. */
export function compileLifts(block: ConditionBlock): Condition | undefined {
  const comparisons = readAll(block)
  if (comparisons.length === 0) return undefined
  return (facts) =>
    comparisons.map(({ operator, key, judge }) => {
      const { verdict: _, ...said } = judge(facts)
      return { key, ...said, ...turnRound({ operator, wanted: said.wanted }) }
    })
}

function readAll(block: ConditionBlock): readonly Comparison[] {
  return Object.entries(block).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, wanted]) => {
      const result = readComparison(operator, key, wanted)
      if ('fault' in result) throw new TypeError(`condition ${operator} ${key}: ${result.fault}`)
      return result.comparison
    }),
  )
}

/** A block in two: what is the same for every role of a rule, and what looks at the account of each. */
export function splitCondition(block: ConditionBlock): {
  readonly general: ConditionBlock
  readonly ofAccount: ConditionBlock | undefined
} {
  const part = (wanted: boolean): ConditionBlock =>
    Object.fromEntries(
      Object.entries(block).map(([operator, keys]) => [
        operator,
        Object.fromEntries(Object.entries(keys).filter(([key]) => isOfAccount(key) === wanted)),
      ]),
    )
  const looks = Object.values(block).some((keys) => Object.keys(keys).some(isOfAccount))
  return { general: part(false), ofAccount: looks ? part(true) : undefined }
}
