import type { Identity } from '../../core/index.ts'
import type { DenyRule, Hits, Person, Policy, Rule } from '../compile/policy.ts'
import type { FailedComparison } from '../conditions/index.ts'

/** Why a rule that looked right gave no role after all. */
export type Obstacle =
  | { readonly what: 'missing'; readonly variable: string; readonly where: string }
  | { readonly what: 'unsafe'; readonly variable: string; readonly where: string }
  | { readonly what: 'no_role_arn' }
  | { readonly what: 'other_partition' }
  | { readonly what: 'reserved_role' }
  | { readonly what: 'other_account' }
  | { readonly what: 'no_provider' }
  | { readonly what: 'for_people' }
  | { readonly what: 'for_workloads' }
  | { readonly what: 'no_broker' }
  | { readonly what: 'bad_value'; readonly where: string }

/** What would lift a denial, one of it; nothing where it has no condition, or one on the account. */
type Held = () => readonly FailedComparison[]

/** One thing that happened to one rule. Rules without a step did not match. */
export type Step = { readonly rule: Rule } & (
  | {
      readonly outcome: 'granted'
      readonly roleArn: string
      /** Others allowed it, until then. */
      readonly until?: number
      /** Only to read, because this agent asks. */
      readonly readOnlyFor?: string
    }
  | { readonly outcome: 'no_agents'; readonly roleArn: string; readonly agent: string }
  | { readonly outcome: 'denied'; readonly roleArn: string; readonly by: DenyRule; readonly held: Held }
  | { readonly outcome: 'denies'; readonly holdsIn: (account: string) => boolean; readonly held: Held }
  | {
      readonly outcome: 'condition_failed'
      readonly failed: readonly FailedComparison[]
      /** The accounts for which it failed, where it looks at the account; else it failed for all roles. */
      readonly accounts?: ReadonlySet<string>
    }
  | { readonly outcome: 'request_needed'; readonly roleArn: string }
  | { readonly outcome: 'superseded'; readonly roleArns: readonly string[]; readonly by: Rule }
  | { readonly outcome: 'not_offered'; readonly roleArn: string }
  | { readonly outcome: 'obstructed'; readonly roleArn?: string; readonly obstacle: Obstacle }
  | { readonly outcome: 'cut'; readonly limit: number }
)

/** The record of one evaluation; sentences are made from it only when somebody asks. */
export interface Trace {
  readonly policy: Policy
  readonly identity: Identity
  readonly person: Person
  readonly hits: Hits
  /** In the order of the rules. */
  readonly steps: readonly Step[]
}
