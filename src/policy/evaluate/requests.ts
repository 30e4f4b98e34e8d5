import type { HowToAsk, Identity } from '../../core/index.ts'
import type { AllowRule, Policy, RequestTerms } from '../compile/policy.ts'
import { meets } from './offices.ts'

/** What a rule says of requests; undefined where there is no such rule, or it asks for none. */
export function requestTerms({ rules }: Policy, ruleId: string): RequestTerms | undefined {
  const rule = rules.find(({ id }) => id === ruleId)
  return rule?.effect === 'allow' ? rule.request : undefined
}

/** A claim of a workload may be called like a group; it is people who allow things. */
export function mayApprove({ approvers }: RequestTerms, identity: Identity): boolean {
  return identity.protocol !== 'workload' && meets(identity, approvers)
}

/** Whether this person may open the role in an emergency, without anybody. */
export function mayBreakGlass({ breakGlass }: RequestTerms, identity: Identity): boolean {
  return identity.protocol !== 'workload' && breakGlass !== undefined && meets(identity, breakGlass)
}

/** Whether a reason is one that the rule takes. */
export function takesReason({ reason }: RequestTerms, text: string): boolean {
  return reason === undefined || reason.capture(text) !== undefined
}

/** How this person asks for the roles of a rule. */
export function howToAsk({ id, request }: AllowRule, identity: Identity): HowToAsk | undefined {
  if (request === undefined) return undefined
  const { reason, approvals, openFor } = request
  return {
    rule: id,
    ...(reason !== undefined && { reason: reason.source }),
    approvals,
    openFor,
    ...(mayBreakGlass(request, identity) && { breakGlass: true as const }),
  }
}
