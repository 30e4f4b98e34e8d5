/** What was found at one of the places that a bridge needs. */
export interface Look {
  /** Where the configuration names it: `identityProviders.okta`, `aws.region`, `store`. */
  readonly place: string
  /** What was found, in words; empty when nothing was. */
  readonly say: string
  /** Why it cannot be used, and what mends that. */
  readonly problem?: string
  /** What works now and may not for long. */
  readonly warning?: string
}

/** Milliseconds that one place may take to answer. */
export const patience = 10_000
