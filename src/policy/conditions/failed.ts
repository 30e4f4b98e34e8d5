/** A comparison that did not hold, for the trace. */
export interface FailedComparison {
  readonly operator: string
  readonly key: string
  /** Variables filled in. */
  readonly wanted: readonly string[]
  /** What it was; nothing when the key is absent. */
  readonly actual: readonly string[]
  /** The variable of what was wanted that has no value, or several. */
  readonly missing?: string
  /** What else the same condition compares the key with: both ends of a span are told as one. */
  readonly beside?: readonly Pick<FailedComparison, 'operator' | 'key' | 'wanted'>[]
}
