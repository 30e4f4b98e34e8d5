import type { Entitlement, OpenedRole } from '../../core/index.ts'
import { candidates, maxCandidates } from '../compile/match.ts'
import type { Captures } from '../compile/pattern.ts'
import type { Aim, AllowRule, Hits, Policy } from '../compile/policy.ts'
import type { Facts } from '../conditions/index.ts'
import { aimsAt } from './aims.ts'
import { type Denial, denialOf, judgeAccounts } from './denials.ts'
import { settleTerms, type Texts, textsFor } from './terms.ts'
import type { Step } from './trace.ts'

/** One evaluation under way: what is given, and what the rules considered so far have settled. */
export interface Decision {
  readonly policy: Policy
  readonly facts: Facts
  readonly hits: Hits
  readonly denials: readonly Denial[]
  /** Role to provider, in passthrough mode. */
  readonly offered: ReadonlyMap<string, string> | undefined
  readonly granted: Map<string, { readonly entitlement: Entitlement; readonly rule: AllowRule }>
  readonly opened: readonly OpenedRole[]
  /** What would be, once others allow it: all rules are taken as if somebody had. */
  readonly allowed?: true
  /** Roles that others must allow first, with the first rule by which they can be asked for. */
  readonly askable: Map<string, { readonly entitlement: Entitlement; readonly rule: AllowRule }>
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
  const tellCut = () => steps.push({ rule, outcome: 'cut', limit: maxCandidates })
  if (found.cut) tellCut()
  const openIn = accountsOpen(decision, rule)
  const { now } = facts.circumstances
  const windowEnds = rule.windowEnd?.(facts, policy.wallClock, now + rule.grant.maxDuration * 1000)
  const roleArns: string[] = []
  let [complete, left] = [true, maxCandidates]
  for (const captures of found.captures) {
    const aims = aimsAt(policy, rule, facts.identity, captures)
    const texts = { ...createTexts(decision, rule, captures), windowEnds }
    if (aims.length > left && !found.cut) tellCut()
    for (const aim of aims.slice(0, left)) {
      if ('obstacle' in aim) steps.push({ rule, outcome: 'obstructed', obstacle: aim.obstacle })
      else if (openIn(aim.role.account) && judgeRole(decision, rule, texts, aim)) roleArns.push(aim.roleArn)
      else complete = false
    }
    left -= aims.length
    if (left < 0) break
  }
  if (complete) settled.set(rule.reach, { roleArns, rule })
}

/** In which accounts the condition of a rule holds. Those where it fails alike are one step of the trace. */
function accountsOpen({ policy, facts, steps }: Decision, rule: AllowRule): (account: string) => boolean {
  if (rule.ofAccount === undefined) return () => true
  const judge = judgeAccounts(policy, rule.ofAccount, facts)
  const alike = new Map<string, Set<string>>()
  return (account) => {
    const failed = judge(account)
    if (failed.length === 0) return true
    const key = JSON.stringify(failed)
    const accounts = alike.get(key) ?? new Set()
    if (accounts.size === 0) steps.push({ rule, outcome: 'condition_failed', failed, accounts })
    alike.set(key, accounts.add(account))
    return false
  }
}

function createTexts({ policy, facts }: Decision, rule: AllowRule, captures: Captures): Texts {
  const { agent } = facts.circumstances
  return textsFor(policy, rule.grant, {
    identity: facts.identity,
    captures,
    ...(agent !== undefined && { agent }),
  })
}

/** Judges one role of one rule; true when no later rule can change the answer. */
function judgeRole(decision: Decision, rule: AllowRule, texts: Texts, aim: Aim): boolean {
  const { policy, facts, denials, offered, granted, closed, steps } = decision
  const { roleArn } = aim
  const { agent } = facts.circumstances
  const earlier = granted.get(roleArn) ?? closedBy(closed, roleArn)
  if (earlier) {
    if (earlier.rule !== rule)
      steps.push({ rule, outcome: 'superseded', roleArns: [roleArn], by: earlier.rule })
    return true
  }
  const denial = denialOf(denials, aim)
  if (denial) {
    steps.push({ rule, outcome: 'denied', roleArn, by: denial.rule, held: denial.held })
    return true
  }
  const { opening, shut } = openingOf(decision, rule, roleArn)
  if (shut) {
    tellAsk(decision, rule, texts, aim)
    // It opens nothing by itself: a later rule may.
    return false
  }
  // The first rule that leads to a role sets its terms, and these are that no agent gets it: no later rule opens it.
  if (agent !== undefined && rule.grant.agents === 'deny') {
    closed.set(roleArn, rule)
    steps.push({ rule, outcome: 'no_agents', roleArn, agent })
    return true
  }
  const terms = settleTerms(policy, rule, within(texts, opening), aim, offered)
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
  const until = opening && { until: opening.endsAt }
  steps.push({
    rule,
    outcome: 'granted',
    roleArn,
    ...until,
    ...(readOnlyFor !== undefined && { readOnlyFor }),
  })
  return true
}

/** The request that opens this role by this rule; `shut`: others must allow it, and nobody has. */
function openingOf(
  { opened, allowed, facts }: Decision,
  { id, request }: AllowRule,
  roleArn: string,
): { readonly opening?: OpenedRole | undefined; readonly shut: boolean } {
  if (request === undefined || allowed) return { shut: false }
  const { now } = facts.circumstances
  const opening = opened.find((one) => one.rule === id && one.roleArn === roleArn && one.endsAt > now)
  return { opening, shut: opening === undefined }
}

/** AWS shall do nothing beyond the end of the request, nor beyond that of the window. */
function within(texts: Texts, opening: OpenedRole | undefined): Texts {
  if (opening === undefined) return texts
  const windowEnds = Math.min(opening.endsAt, texts.windowEnds ?? opening.endsAt)
  return { ...texts, windowEnds, opening }
}

/** Notes that a role can be asked for, or what would keep it shut even then. */
function tellAsk(decision: Decision, rule: AllowRule, texts: Texts, aim: Aim): void {
  const { policy, facts, offered, askable, steps } = decision
  const { roleArn } = aim
  const { agent } = facts.circumstances
  if (agent !== undefined && rule.grant.agents === 'deny') {
    steps.push({ rule, outcome: 'no_agents', roleArn, agent })
    return
  }
  const terms = settleTerms(policy, rule, texts, aim, offered)
  if ('notOffered' in terms) steps.push({ rule, outcome: 'not_offered', roleArn })
  else if ('obstacle' in terms) steps.push({ rule, outcome: 'obstructed', roleArn, obstacle: terms.obstacle })
  else {
    steps.push({ rule, outcome: 'request_needed', roleArn })
    if (!askable.has(roleArn)) askable.set(roleArn, { entitlement: terms.entitlement, rule })
  }
}

function closedBy(closed: Decision['closed'], roleArn: string): { readonly rule: AllowRule } | undefined {
  const rule = closed.get(roleArn)
  return rule && { rule }
}
