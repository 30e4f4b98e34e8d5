import type { PolicyConfig } from '../compile/compile.ts'
import { describePolicy } from '../rules/describe.ts'
import { administrativeRoles } from './administrative.ts'
import { type LookedAt, type WideRule, wideRule } from './wide-rules.ts'

/** `review:` of the configuration. */
interface ReviewOptions {
  readonly administratorRoles?: readonly string[] | undefined
}

/** A rule as whoever reviews it reads it. */
export interface ReviewedRule {
  readonly id: string
  readonly effect: 'allow' | 'deny'
  /** What it grants or denies, in a sentence. */
  readonly say: string
  /** The whole rule as it was read: what tells one version of it from another. */
  readonly text: string
  /** What keeps its roles shut, or opens them again: of a denial all of it. */
  readonly terms: string
  /** What of it is wide, by the roles that people come to by it. */
  readonly wide: (around: Omit<LookedAt, 'isAdministrative'>) => readonly WideRule[]
}

/** The rules of a configuration by id, in their order, in words, with what somebody should look at. */
export function reviewedRules(
  config: PolicyConfig & { readonly review?: ReviewOptions },
): ReadonlyMap<string, ReviewedRule> {
  const isAdministrative = administrativeRoles(config.review?.administratorRoles)
  const { sentences } = describePolicy(config, { providers: [], attributes: new Set() })
  const reviewed = config.rules.map(
    (rule, index): ReviewedRule => ({
      id: rule.id,
      effect: rule.effect,
      say: sentences[index] ?? rule.id,
      text: JSON.stringify(rule),
      terms: JSON.stringify(rule.effect === 'deny' ? rule : [rule.condition, rule.request]),
      wide: (around) => wideRule(rule, { ...around, isAdministrative }),
    }),
  )
  return new Map(reviewed.map((rule) => [rule.id, rule]))
}
