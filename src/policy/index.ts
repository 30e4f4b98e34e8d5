/**
 * What may they have. Owns: rules, patterns, templates, conditions, the decision and its explanation, all
 * pure: same person, same circumstances, same answer. Does not own: who somebody is (`saml/`), how a role is
 * fetched (`sts/`), any clock or store.
 */

export { checkPolicy, type PolicyFault } from './check-policy.ts'
export { compilePolicy, type PolicyConfig } from './compile.ts'
export { describePolicy } from './describe.ts'
export { type EvaluationCircumstances, evaluate, isAuditor } from './evaluate.ts'
export { explain } from './explain.ts'
export { type OfferedRole, offeredRoles } from './offered-roles.ts'
export {
  type AccountOptions,
  accountOptions,
  auditorOptions,
  createRuleOptions,
  type MatchOptions,
  type RuleOptions,
} from './options.ts'
export type { Policy } from './policy.ts'
export type { Trace } from './trace.ts'
