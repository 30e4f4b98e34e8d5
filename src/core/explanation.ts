/** A decision in words, for the person and for the administrator. */
export interface Explanation {
  /** One sentence. */
  readonly summary: string
  readonly steps: readonly {
    readonly rule: string
    readonly outcome: 'granted' | 'denied' | 'not_matched' | 'condition_failed' | 'superseded' | 'not_offered'
    readonly say: string
    readonly roleArn?: string
  }[]
}
