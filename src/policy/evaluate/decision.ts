import {
  type Entitlement,
  type Identity,
  parseEntitlementArn,
  parseRoleArn,
  type RoleArn,
} from '../../core/index.ts'
import { candidates, maxCandidates } from '../compile/match.ts'
import type { Captures } from '../compile/pattern.ts'
import type { AllowRule, DenyRule, Hits, Policy } from '../compile/policy.ts'
import { isPlainRoleText, isSingleVariable, renderTemplate } from '../compile/template.ts'
import { matchesWildcard } from '../compile/wildcard.ts'
import type { Facts } from '../conditions/index.ts'
import { isReservedRole } from '../rules/aws-limits.ts'
import { settleTerms } from './terms.ts'
import type { Obstacle, Step } from './trace.ts'

/** One evaluation under way: what is given, and what the rules considered so far have settled. */
export interface Decision {
  readonly policy: Policy
  readonly facts: Facts
  readonly hits: Hits
  readonly denials: readonly DenyRule[]
  /** Role to provider, in passthrough mode. */
  readonly offered: ReadonlyMap<string, string> | undefined
  readonly granted: Map<string, { readonly entitlement: Entitlement; readonly rule: AllowRule }>
  /** Roles that are not for agents, by the rule that says so. */
  readonly closed: Map<string, AllowRule>
  /** By `reach`: all the roles it leads to have their answer. */
  readonly settled: Map<number, { readonly roleArns: readonly string[]; readonly rule: AllowRule }>
  readonly steps: Step[]
}

/** Follows a rule whose match is met to its roles. */
export function considerRule(decision: Decision, rule: AllowRule): void {
  const { policy, facts, hits, settled, steps } = decision
  const workload = facts.identity.protocol === 'workload'
  if (workload ? !rule.takes.workloads : !rule.takes.people) {
    steps.push({ rule, outcome: 'obstructed', obstacle: { what: workload ? 'for_people' : 'for_workloads' } })
    return
  }
  const failed = rule.condition(facts)
  if (failed.length > 0) {
    steps.push({ rule, outcome: 'condition_failed', failed })
    return
  }
  const before = settled.get(rule.reach)
  if (before) {
    steps.push({ rule, outcome: 'superseded', roleArns: before.roleArns, by: before.rule })
    return
  }
  const found = candidates(rule.match, hits)
  if (found.cut) steps.push({ rule, outcome: 'cut', limit: maxCandidates })
  const roleArns: string[] = []
  let complete = true
  for (const captures of found.captures) {
    const aim = aimAt(policy, rule, facts.identity, captures)
    if ('obstacle' in aim) steps.push({ rule, outcome: 'obstructed', obstacle: aim.obstacle })
    else if (judgeRole(decision, rule, captures, aim)) roleArns.push(aim.roleArn)
    else complete = false
  }
  if (complete) settled.set(rule.reach, { roleArns, rule })
}

interface Aim {
  readonly role: RoleArn
  readonly roleArn: string
}

/** Judges one role of one rule; true when no later rule can change the answer. */
function judgeRole(decision: Decision, rule: AllowRule, captures: Captures, { role, roleArn }: Aim): boolean {
  const { policy, facts, denials, offered, granted, closed, steps } = decision
  const { agent } = facts.circumstances
  const earlier = granted.get(roleArn) ?? closedBy(closed, roleArn)
  if (earlier) {
    if (earlier.rule !== rule)
      steps.push({ rule, outcome: 'superseded', roleArns: [roleArn], by: earlier.rule })
    return true
  }
  const by = denials.find(({ roles }) => roles.some((pattern) => matchesWildcard(pattern, roleArn)))
  if (by) {
    steps.push({ rule, outcome: 'denied', roleArn, by })
    return true
  }
  // The first rule that leads to a role sets its terms, and these are that no agent gets it: no later rule opens it.
  if (agent !== undefined && rule.grant.agents === 'deny') {
    closed.set(roleArn, rule)
    steps.push({ rule, outcome: 'no_agents', roleArn, agent })
    return true
  }
  const scope = { identity: facts.identity, captures, role, ...(agent !== undefined && { agent }) }
  const terms = settleTerms(policy, rule, scope, roleArn, offered)
  if ('notOffered' in terms) {
    steps.push({ rule, outcome: 'not_offered', roleArn })
    return rule.grant.entrance === undefined
  }
  if ('obstacle' in terms) {
    steps.push({ rule, outcome: 'obstructed', roleArn, obstacle: terms.obstacle })
    return false
  }
  granted.set(roleArn, { entitlement: terms.entitlement, rule })
  const readOnlyFor = terms.entitlement.readOnly ? agent : undefined
  steps.push({ rule, outcome: 'granted', roleArn, ...(readOnlyFor !== undefined && { readOnlyFor }) })
  return true
}

function closedBy(closed: Decision['closed'], roleArn: string): { readonly rule: AllowRule } | undefined {
  const rule = closed.get(roleArn)
  return rule && { rule }
}

/** The role that a rule's template names for one candidate. */
export function aimAt(
  policy: Policy,
  { grant }: AllowRule,
  identity: Identity,
  captures: Captures,
): Aim | { readonly obstacle: Obstacle } {
  const accept = isSingleVariable(grant.role) ? undefined : isPlainRoleText
  const rendered = renderTemplate(grant.role, { identity, captures }, accept)
  if ('missing' in rendered)
    return { obstacle: { what: 'missing', variable: rendered.missing, where: 'role' } }
  if ('unsafe' in rendered) return { obstacle: { what: 'unsafe', variable: rendered.unsafe, where: 'role' } }
  const role = (grant.opens === undefined ? parseRoleArn : parseEntitlementArn)(rendered.text)
  if (!role) return { obstacle: { what: 'no_role_arn' } }
  if (role.partition !== policy.partition) return { obstacle: { what: 'other_partition' } }
  if (isReservedRole(`${role.path}${role.name}`)) return { obstacle: { what: 'reserved_role' } }
  return { role, roleArn: rendered.text }
}
