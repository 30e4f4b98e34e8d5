/** A decision in words, for the person and for the administrator. */
export interface Explanation {
  /** One sentence. */
  readonly summary: string
  readonly steps: readonly {
    readonly rule: string
    readonly outcome:
      | 'granted'
      | 'denied'
      | 'not_matched'
      | 'condition_failed'
      | 'superseded'
      | 'not_offered'
      /** The rule applies, but a value of the person's stands in the way. */
      | 'obstructed'
    readonly say: string
    /** The summary follows from it. These come first. */
    readonly decisive?: true
    readonly roleArn?: string
  }[]
}
