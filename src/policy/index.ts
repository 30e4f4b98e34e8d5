/**
 * What may they have. Owns: rules, patterns, templates, conditions, the decision and its explanation, all
 * pure: same person, same circumstances, same answer. Does not own: who somebody is (`saml/`), how a role is
 * fetched (`sts/`), any clock or store.
 */

export { type Change, compareRules } from './compare/compare.ts'
export { administratorsWithin, matchWithin } from './compare/within.ts'
export { compilePolicy, type PolicyConfig, takesWebIdentity } from './compile/compile.ts'
export type { Policy, RequestTerms } from './compile/policy.ts'
export { isFixed, usesVariable } from './compile/template.ts'
export { type EvaluationCircumstances, evaluate } from './evaluate/evaluate.ts'
export { offeredRoles } from './evaluate/offered-roles.ts'
export { isAdministrator, isAuditor } from './evaluate/offices.ts'
export {
  mayApprove,
  mayBreakGlass,
  requestTerms,
  takesReason,
} from './evaluate/requests.ts'
export { explain } from './explain/explain.ts'
export { sayLocked } from './explain/locked.ts'
export { likeOf } from './reach/like.ts'
export { type Reach, type RoleValues, reachOfRules } from './reach/reach.ts'
export { type ReviewedRule, reviewedRules } from './review/reviewed-rules.ts'
export type { WideRule } from './review/wide-rules.ts'
export { type Grant, withinReach } from './review/within-reach.ts'
export { accountOptions } from './rules/account-options.ts'
export { checkPolicy } from './rules/check-policy.ts'
export { describePolicy } from './rules/describe.ts'
export {
  type AllowOptions,
  administratorOptions,
  auditorOptions,
  createRuleOptions,
  reviewOptions,
} from './rules/options.ts'
export type { Ways } from './rules/way.ts'
