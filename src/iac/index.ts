/**
 * From the rules to IAM, and back. Owns: which roles, trust policies and providers the rules need, templates of
 * CloudFormation and Terraform that make them, what differs between the rules and what IAM holds. Does not own: what
 * rules mean (`policy/`), reading files, any call to AWS.
 */

export { type Drift, driftOf } from './drift/drift.ts'
export type { Finding } from './drift/finding.ts'
export { readHeld } from './drift/held.ts'
export { rolesOfPeople } from './plan/people.ts'
export { type OpenRule, type Plan, planOf, type RolePlan } from './plan/plan.ts'
export { trustOf } from './trust.ts'
export { cloudFormation } from './write/cloudformation/template.ts'
export { firstWords, type Origin } from './write/header.ts'
export { terraform } from './write/terraform/terraform.ts'
