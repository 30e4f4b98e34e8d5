import { setImmediate } from 'node:timers/promises'
import { requestTerms } from '../../policy/index.ts'
import type { Review, ReviewRow, ReviewStanding, RuleRow } from './desk.ts'
import { type Around, approvalsOf, type Finding } from './findings.ts'
import { heldBy } from './held.ts'
import type { ReviewParts } from './parts.ts'
import { changesSince, personId, type Reviewed, type Shown } from './sign-offs.ts'
import { rolesIn, shownOfPerson } from './subjects.ts'
import { type Row, turn, type Walked } from './walk.ts'

/** Roles that one answer names. */
const mostRoles = 200

/** What surrounds a walk: the rules in words, what ends soon, and what the history says of rules. */
export async function aroundOf({ policy, reviewed, history }: ReviewParts): Promise<Around> {
  const [used, state] = await Promise.all([history?.lastUse('rule'), history?.state()])
  return {
    rules: [...reviewed.rules.values()],
    approvals: (rule) => requestTerms(policy, rule)?.approvals,
    due: reviewed.due(),
    ruleUse: used && new Map(used.map((use) => [use.name, use])),
    since: state?.oldest,
  }
}

/** A page of a review. */
export async function makeReview(
  parts: ReviewParts,
  walked: Walked,
  {
    around,
    findings,
    limit,
    from,
  }: {
    readonly around: Around
    readonly findings: readonly Finding[]
    readonly limit: number
    readonly from: number
  },
): Promise<Review> {
  const { at, took, rows, left, tallies } = walked
  const page = rows.slice(from, from + limit)
  const people: ReviewRow[] = []
  for (const [index, row] of page.entries()) {
    if (index % turn === 0) await setImmediate()
    people.push(await withSignOff(parts, row, walked.question.days))
  }
  const roles = rolesIn(tallies, () => true)
  return {
    ...{ at, took, findings, people },
    totals: {
      people: rows.length + left,
      roles: tallies.byRole.size,
      grants: tallies.grants,
      unused: tallies.unused,
    },
    cut: tallies.cut || left > 0,
    history: parts.history && { since: around.since },
    approvals: approvalsOf(tallies, around),
    ...{ auditors: tallies.auditors, administrators: tallies.administrators },
    due: around.due.toSorted((a, b) => a.notAfter - b.notAfter),
    rules: ruleRows(walked, around),
    roles: roles.toSorted((a, b) => (a.lastUsed ?? 0) - (b.lastUsed ?? 0)).slice(0, mostRoles),
    ...(from + limit < rows.length && { next: String(from + limit) }),
  }
}

function ruleRows({ tallies }: Walked, { rules, ruleUse }: Around): readonly RuleRow[] {
  return rules.map(({ id, effect, say }) => {
    const tally = tallies.byRule.get(id)
    const use = ruleUse?.get(id)
    return {
      ...{ id, effect, say },
      people: tally?.people ?? 0,
      holders: tally?.holders ?? 0,
      roles: tally?.roles.size ?? 0,
      lastUsed: use?.last,
      times: use?.count ?? 0,
    }
  })
}

async function withSignOff(parts: ReviewParts, row: Row, days: number): Promise<ReviewRow> {
  const seen = await parts.seen.get(row.ref)
  const reviewed = seen && (await parts.reviews.get(personId(seen)))
  if (!seen || !reviewed) return row
  const held = await heldBy(parts, seen, days)
  const signOff = standingOf(reviewed, shownOfPerson(parts.reviewed, held))
  return signOff ? { ...row, signOff } : row
}

/** The latest sign-off against what is there now. */
export function standingOf(reviewed: Reviewed | undefined, shown: Shown): ReviewStanding | undefined {
  const latest = reviewed?.signOffs[0]
  return latest && { latest, changes: changesSince(latest, shown) }
}
