/**
 * What may they have. Owns: rules, patterns, templates, conditions, the decision and its explanation, all
 * pure: same person, same circumstances, same answer. Does not own: who somebody is (`saml/`), how a role is
 * fetched (`sts/`), any clock or store.
 */

export { checkPolicy } from './check-policy.ts'
export { compilePolicy } from './compile.ts'
export { describePolicy } from './describe.ts'
export { type EvaluationCircumstances, evaluate, isAuditor } from './evaluate.ts'
export { explain } from './explain.ts'
export { offeredRoles } from './offered-roles.ts'
export { accountOptions, auditorOptions, createRuleOptions } from './options.ts'
export type { Policy } from './policy.ts'
export type { Way, Ways } from './way.ts'
