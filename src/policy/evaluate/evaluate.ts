import type { Entitlement, Identity, OpenedRole } from '../../core/index.ts'
import { isMet, personOf } from '../compile/match.ts'
import type { Policy } from '../compile/policy.ts'
import type { Circumstances, Facts } from '../conditions/index.ts'
import { considerRule, type Decision } from './decision.ts'
import { activeDenials } from './denials.ts'
import { type Locked, lockedRoles } from './locked.ts'
import { type OfferedRole, offeredRoles } from './offered-roles.ts'
import type { Trace } from './trace.ts'

/**
 * `offered`: in passthrough mode the identity provider's own list; default: what the identity carries. `opened`: what
 * requests of this person open; one that has ended by `now` opens nothing.
 */
export type EvaluationCircumstances = Circumstances & {
  readonly offered?: readonly OfferedRole[]
  readonly opened?: readonly OpenedRole[]
}

/** `locked` decides a second time, so it is worked out only when somebody asks. */
export interface Evaluation {
  readonly entitlements: readonly Entitlement[]
  readonly trace: Trace
  readonly locked: () => readonly Locked[]
}

/**
 * Decides which roles a person may take now. Rules count in the order of the configuration: the first that
 * leads to a role sets its terms. A rule that denies wins over all others, wherever it stands.
 * Entitlements come sorted by account name and role name.
 */
export function evaluate(
  policy: Policy,
  identity: Identity,
  circumstances: EvaluationCircumstances,
): Evaluation {
  const person = personOf(identity)
  const hits = policy.match(person)
  const facts = gatherFacts(policy, identity, circumstances)
  const concerned = policy.concerned(hits)
  const denials = activeDenials(policy, concerned, hits, facts)
  const decision: Decision = {
    policy,
    facts,
    hits,
    denials: denials.active,
    offered: offeredTo(policy, identity, circumstances),
    opened: circumstances.opened ?? [],
    granted: new Map(),
    askable: new Map(),
    closed: new Map(),
    settled: new Map(),
    steps: [],
  }
  for (const rule of concerned) {
    if (rule.effect === 'allow') {
      if (isMet(rule.match, hits)) considerRule(decision, rule)
    } else {
      const step = denials.steps.get(rule)
      if (step) decision.steps.push(step)
    }
  }
  const entitlements = inOrder([...decision.granted.values()].map(({ entitlement }) => entitlement))
  return {
    entitlements,
    trace: { policy, identity, person, hits, steps: decision.steps },
    locked: () => {
      const locked = new Map(lockedRoles(decision).map((one) => [one.entitlement, one]))
      return inOrder([...locked.keys()]).flatMap((one) => locked.get(one) ?? [])
    },
  }
}

function gatherFacts(policy: Policy, identity: Identity, circumstances: Circumstances): Facts {
  let local: ReturnType<Facts['local']> | undefined
  return {
    identity,
    circumstances,
    local: () => {
      local ??= policy.wallClock(circumstances.now)
      return local
    },
  }
}

/** Role to provider; undefined when anything may be offered. */
function offeredTo(policy: Policy, identity: Identity, { offered }: EvaluationCircumstances) {
  if (policy.federation === 'reissue') return undefined
  return new Map((offered ?? offeredRoles(identity)).map((role) => [role.roleArn, role.providerArn]))
}

const collator = new Intl.Collator('en')

/** Account by account: names of accounts are compared once for each, however many roles it has. */
function inOrder(entitlements: readonly Entitlement[]): readonly Entitlement[] {
  const byAccount = new Map<string, Entitlement[]>()
  for (const one of entitlements) {
    const others = byAccount.get(one.account.id)
    if (others) others.push(one)
    else byAccount.set(one.account.id, [one])
  }
  const named = [...byAccount.values()].flatMap((roles) =>
    roles[0] ? [{ roles, account: roles[0].account }] : [],
  )
  named.sort(({ account: a }, { account: b }) => collator.compare(a.name, b.name) || (a.id < b.id ? -1 : 1))
  return named.flatMap(({ roles }) =>
    roles.sort((a, b) => collator.compare(a.roleName, b.roleName) || (a.id < b.id ? -1 : 1)),
  )
}
