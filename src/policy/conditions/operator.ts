import type { Wanted } from './wanted.ts'

/** The kinds of value that condition keys have. `any` is an attribute: text until an operator reads it. */
export type ValueKind = 'text' | 'number' | 'boolean' | 'address' | 'date' | 'time' | 'local' | 'any'

/** Compares with a value of the person or the request; undefined when that one cannot be read. */
export type Test = (actual: string) => boolean | undefined

/** One comparison of IAM's policy language (IAM User Guide, "IAM JSON policy elements: Condition operators"). */
export interface Operator {
  /** Kinds of keys it can be used with. */
  readonly compares: readonly ValueKind[]
  /** True for the `Not…` family: the comparison is turned round, and holds when the key is absent. */
  readonly negated: boolean
  /** Reads a value of the configuration; undefined when it cannot be one. */
  readonly read: (wanted: Wanted) => Test | undefined
  /** What a value of the configuration must look like. */
  readonly example: string
  /** Its values may hold `*` and `?`. */
  readonly wildcards?: boolean
  /** Its values may hold variables. */
  readonly variables?: boolean
}
