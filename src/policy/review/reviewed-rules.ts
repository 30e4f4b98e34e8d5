import type { PolicyConfig } from '../compile/compile.ts'
import { describePolicy } from '../rules/describe.ts'
import { type WideRule, wideRules } from './wide-rules.ts'

/** A rule as whoever reviews it reads it. */
export interface ReviewedRule {
  readonly id: string
  readonly effect: 'allow' | 'deny'
  /** What it grants or denies, in a sentence. */
  readonly say: string
  /** The whole rule as it was read: what tells one version of it from another. */
  readonly text: string
  readonly wide: readonly WideRule[]
}

/** The rules of a configuration in their order, in words, with what somebody should look at. */
export function reviewedRules(config: PolicyConfig): readonly ReviewedRule[] {
  const { sentences } = describePolicy(config, { providers: [], attributes: new Set() })
  const wide = wideRules(config.rules)
  return config.rules.map((rule, index) => ({
    id: rule.id,
    effect: rule.effect,
    say: sentences[index] ?? rule.id,
    text: JSON.stringify(rule),
    wide: wide.filter((one) => one.rule === rule.id),
  }))
}
