import type { LastUse } from '../../history/index.ts'
import type { ReviewedRule, WideRule } from '../../policy/index.ts'
import { day } from './question.ts'
import type { Due } from './reviewed.ts'
import type { Names, RuleTally, Tallies } from './tallies.ts'
import type { Walked } from './walk.ts'

/** Something that somebody should look at; `code` is for programs. */
export interface Finding {
  readonly code:
    | WideRule['code']
    | 'locked_person'
    | 'partly_known'
    | 'no_approver'
    | 'too_few_approvers'
    | 'expires'
    | 'rule_unmatched'
    | 'denial_unmatched'
    | 'rule_unused'
    | 'roles_unused'
  /** One sentence. */
  readonly say: string
  readonly rule?: string
  /** Some of the people or roles it is about, when it is about several. */
  readonly names?: readonly string[]
}

/** Who may allow what, of those who were seen. */
export interface Approval {
  readonly rule: string
  /** How many have to. */
  readonly needed: number
  readonly approvers: Names
  /** May ask by the rule and may allow what others ask: two of them could allow each other’s. */
  readonly eachOther: Names
  /** Open it in an emergency, without anybody. */
  readonly breakGlass: Names
}

/** What findings are made from, beside a walk. */
export interface Around {
  readonly rules: readonly ReviewedRule[]
  /** How many must allow what is asked by a rule; undefined where nobody asks. */
  readonly approvals: (rule: string) => number | undefined
  readonly due: readonly Due[]
  /** By rule; undefined where no history can tell. */
  readonly ruleUse: ReadonlyMap<string, LastUse> | undefined
  /** Since when the history knows; epoch milliseconds. */
  readonly since: number | undefined
}

const notice = 30 * day
const mostNames = 20

/** Everything that is worth a look, what somebody should look at first before the rest. */
export function findingsOf(walked: Walked, around: Around): readonly Finding[] {
  const { tallies, question, at } = walked
  return [
    ...lockedPeople(tallies),
    ...partlyKnown(tallies),
    ...approvalsOf(tallies, around).flatMap(lookAtApproval),
    ...around.rules.flatMap(({ id, wide }) =>
      wide({ reached: tallies.byRule.get(id)?.roles ?? [], now: at }),
    ),
    ...dueSoon(around.due, at),
    ...around.rules.flatMap((rule) =>
      lookAtRule(rule, tallies.byRule.get(rule.id), around, at - question.days * day, question.days),
    ),
    ...unusedRoles(tallies, around, question.days),
  ]
}

/** Who can allow what. */
export function approvalsOf({ byRule }: Tallies, { rules, approvals }: Around): readonly Approval[] {
  return rules.flatMap(({ id }) => {
    const [needed, tally] = [approvals(id), byRule.get(id)]
    if (needed === undefined || tally === undefined) return []
    const { approvers, both, breakGlass } = tally
    return [{ rule: id, needed, approvers, eachOther: both.count > 1 ? both : none, breakGlass }]
  })
}

const none: Names = { count: 0, names: [] }

function lockedPeople({ shutOut: { count, names } }: Tallies): readonly Finding[] {
  if (count === 0) return []
  const who = count === 1 ? 'One person who is locked still has' : `${count} people who are locked still have`
  const say = `${who} roles by the rules: whoever takes the lock away opens them again.`
  return [{ code: 'locked_person', say, names: names.slice(0, mostNames) }]
}

function partlyKnown({ partly: { count, names } }: Tallies): readonly Finding[] {
  if (count === 0) return []
  const who = count === 1 ? 'one person' : `${count} people`
  const say = `Of ${who} not everything that their provider says was kept: they may come to more roles than is shown here.`
  return [{ code: 'partly_known', say, names: names.slice(0, mostNames) }]
}

function lookAtApproval({ rule, needed, approvers }: Approval): readonly Finding[] {
  if (approvers.count === 0)
    return [{ code: 'no_approver', rule, say: `Nobody who was seen may allow what is asked for by ${rule}.` }]
  // Nobody allows their own, so an approver who asks needs others.
  if (approvers.count > needed) return []
  const say = `${rule} needs ${needed} to allow a request, and ${approvers.count} of those who were seen may: one who is away, or who asks, leaves too few.`
  return [{ code: 'too_few_approvers', rule, say, names: approvers.names.slice(0, mostNames) }]
}

function dueSoon(due: readonly Due[], now: number): readonly Finding[] {
  return due
    .filter(({ notAfter }) => notAfter - now < notice)
    .map(({ name, notAfter }) => {
      const date = new Date(notAfter).toISOString().slice(0, 10)
      return { code: 'expires', say: `${name} ${notAfter <= now ? 'ended' : 'ends'} on ${date}.` }
    })
}

function lookAtRule(
  { id, effect }: ReviewedRule,
  tally: RuleTally | undefined,
  { ruleUse }: Around,
  since: number,
  days: number,
): readonly Finding[] {
  if (tally === undefined || tally.people === 0)
    return effect === 'deny'
      ? [
          {
            code: 'denial_unmatched',
            rule: id,
            say: `${id} denies nobody who was seen: is it spelt as it was meant?`,
          },
        ]
      : [{ code: 'rule_unmatched', rule: id, say: `${id} matched nobody who was seen.` }]
  if (effect === 'deny' || ruleUse === undefined) return []
  const use = ruleUse.get(id)
  if (use !== undefined && use.last >= since) return []
  const who = tally.people === 1 ? 'one person' : `${tally.people} people`
  const when = use === undefined ? 'ever took' : `took in ${days} days`
  return [{ code: 'rule_unused', rule: id, say: `${id} matches ${who}, and nobody ${when} a role by it.` }]
}

function unusedRoles({ byRole }: Tallies, { ruleUse }: Around, days: number): readonly Finding[] {
  if (ruleUse === undefined) return []
  const unused = [...byRole].filter(([, { users }]) => users === 0).map(([arn]) => arn)
  if (unused.length === 0) return []
  const what = unused.length === 1 ? 'One role is' : `${unused.length} roles are`
  const say = `${what} within reach of people, and nobody took ${unused.length === 1 ? 'it' : 'any of them'} in ${days} days.`
  return [{ code: 'roles_unused', say, names: unused.slice(0, mostNames) }]
}
