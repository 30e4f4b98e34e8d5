import type { HowToAsk } from './access.ts'
import type { AccountInfo } from './entitlement.ts'
import type { StepUp } from './person/step-up.ts'

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
      /** The rule applies, and others must allow it first. */
      | 'request_needed'
      | 'superseded'
      | 'not_offered'
      /** The rule applies, but a value of the person's stands in the way. */
      | 'obstructed'
    readonly say: string
    /** The summary follows from it. These come first. */
    readonly decisive?: true
    readonly roleArn?: string
  }[]
  /** What would help, a sentence each. */
  readonly advice?: readonly string[]
}

/** A role that a rule gives to this person, and that only conditions, or others who must allow it, keep shut right now. */
export interface LockedRole {
  readonly roleArn: string
  readonly account: AccountInfo
  readonly roleName: string
  /** The rule whose condition keeps it shut: one that denies it, else the one that would open it. */
  readonly rule: string
  /** Why it is shut, a sentence each. */
  readonly reasons: readonly string[]
  /** The same for programs: the comparisons that do not hold; of a rule that denies, those of which one would lift it. */
  readonly failed: readonly {
    readonly operator: string
    readonly key: string
    readonly wanted: readonly string[]
    readonly actual: readonly string[]
  }[]
  /** A new sign-in that opens it. */
  readonly stepUp?: StepUp
  /** It opens when others allow it: how that is asked for. */
  readonly ask?: HowToAsk
}

/** Whom people ask when they are refused. */
export interface Support {
  readonly name: string
  /** `https:` or `mailto:`. */
  readonly href?: string
}
