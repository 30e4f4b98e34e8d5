import type { Explanation } from '../core/index.ts'
import {
  compilePolicy,
  type EvaluationCircumstances,
  evaluate,
  explain,
  type PolicyConfig,
  sayLocked,
} from '../policy/index.ts'
import type { Someone } from './people.ts'

/** When, from where and by which door. */
export interface Situation {
  /** Epoch milliseconds. */
  readonly now: number
  readonly sourceIp: string
  readonly channel: EvaluationCircumstances['channel']
  readonly reason?: string | undefined
  readonly agent?: string | undefined
}

/** What a configuration gives somebody, ready to be asked for many people. */
export function deciderOf(config: PolicyConfig) {
  // An administrator who tries a configuration reads all of it anyway.
  const policy = compilePolicy({ ...config, explain: 'full' })
  return ({ identity, sourceIp }: Someone, situation: Situation) =>
    evaluate(policy, identity, {
      now: situation.now,
      sourceIp: sourceIp ?? situation.sourceIp,
      userAgent: '',
      channel: situation.channel,
      ...(situation.reason !== undefined && { reason: situation.reason }),
      ...(situation.agent !== undefined && { agent: situation.agent }),
    })
}

/** Why somebody would get a role, or would not; without one, all roles. */
export function explainFor(
  config: PolicyConfig,
  who: Someone,
  situation: Situation,
  roleArn?: string,
): Explanation & {
  readonly roles: readonly string[]
  readonly locked: readonly { readonly roleArn: string; readonly reasons: readonly string[] }[]
} {
  const { entitlements, trace, locked } = deciderOf(config)(who, situation)
  return {
    ...explain(trace, { roleArn, full: true }),
    roles: entitlements.map((one) => one.roleArn),
    locked: sayLocked(trace, locked()).map(({ roleArn, reasons }) => ({ roleArn, reasons })),
  }
}
