import type { Names, Review, ReviewQuestion, ReviewRow, RoleShown } from '../../bridge.ts'
import { sayDaysAgo } from '../ago.ts'
import { lastUse } from '../pictures/last-use.ts'
import { searchOf } from './asked.ts'
import { reviewFormats } from './formats.ts'
import { sayChanges, sayHistory, saySignOff } from './say.ts'

const day = 86_400_000
/** Roles that the picture shows, rules of a page, and names of one sentence. */
const most = { pictured: 12, rules: 40, names: 6, findings: 40 } as const

/** A review as its page shows it. */
export function reviewPageView(review: Review, question: ReviewQuestion) {
  const { at, took, totals, findings, approvals, rules, people, due } = review
  const { days } = question
  return {
    ...{ question, totals, days },
    made: `${sayTook(took)}, ${new Date(at).toISOString().slice(11, 16)} UTC`,
    history: sayHistory(review, days),
    tracked: review.history !== undefined,
    cut: review.cut,
    picture: review.history && pictureOf(review, days),
    findings: findings.slice(0, most.findings).map(({ code, say, rule, names = [] }) => ({
      ...{ code, say, rule },
      href: rule === undefined ? undefined : placeOf('rules', rule, days),
      names: sayNames({ count: names.length, names }),
    })),
    moreFindings: Math.max(0, findings.length - most.findings),
    people: people.map((row) => personLine(row, at, days)),
    approvals: approvals.map(({ rule, needed, approvers, eachOther, breakGlass }) => ({
      ...{ rule, needed, href: placeOf('rules', rule, days) },
      approvers: sayNames(approvers) || 'nobody who was seen',
      eachOther: sayNames(eachOther),
      breakGlass: sayNames(breakGlass),
    })),
    auditors: sayNames(review.auditors) || 'nobody who was seen',
    administrators: sayNames(review.administrators) || 'nobody who was seen',
    due: due
      .slice(0, 10)
      .map(({ name, notAfter }) => ({ name, date: new Date(notAfter).toISOString().slice(0, 10) })),
    rules: rules.slice(0, most.rules).map(({ id, effect, people: matched, roles, lastUsed }) => ({
      ...{ id, effect, matched, roles, href: placeOf('rules', id, days) },
      used:
        effect === 'deny'
          ? ''
          : lastUsed === undefined
            ? review.history
              ? 'never'
              : 'unknown'
            : sayDaysAgo(lastUsed, at),
    })),
    moreRules: Math.max(0, rules.length - most.rules),
    next:
      review.next === undefined ? undefined : `/review${searchOf(question, { cursor: review.next })}#people`,
    exports: Object.keys(reviewFormats).map((name) => ({
      label: name === 'csv' ? 'CSV' : name === 'json' ? 'JSON' : 'Markdown',
      href: `/review/export${searchOf(question, { format: name })}`,
    })),
  }
}

/** The page of something that can be signed off. */
export function placeOf(kind: 'people' | 'rules' | 'accounts', id: string, days: number): string {
  return `/review/${kind}/${encodeURIComponent(id)}${searchOf({ days })}`
}

function personLine(row: ReviewRow, now: number, days: number) {
  const { ref, user, provider, roles, unused, onRequest, locked, shutOut, lastSeen, signOff } = row
  const counts = [
    `${roles} role${roles === 1 ? '' : 's'}`,
    ...(unused > 0 ? [`${unused} unused`] : []),
    ...(onRequest > 0 ? [`${onRequest} on request`] : []),
    ...(locked > 0 ? [`${locked} under a condition`] : []),
  ]
  return {
    ...{ user, provider, shutOut, href: placeOf('people', ref, days) },
    counts: counts.join(', '),
    seen: sayDaysAgo(lastSeen, now),
    signOff:
      signOff && [saySignOff(signOff.latest, now), sayChanges(signOff.changes)].filter(Boolean).join(', '),
  }
}

/** Roles by last use: the longest unused first, as these are what a review is for. */
function pictureOf({ roles, at }: Review, days: number) {
  const shown = roles.slice(0, most.pictured)
  const rows = shown.map((role) => ({ label: `${role.account}/${role.roleName}`, at: role.lastUsed }))
  const drawn = lastUse({ id: 'roles', now: at, span: days * day, rows })
  return {
    rows: drawn.map((one, index) => ({
      ...one,
      people: peopleOf(shown[index]),
      href: roleHref(shown[index], days),
    })),
    more: Math.max(0, roles.length - most.pictured),
  }
}

const peopleOf = (role: RoleShown | undefined) =>
  role === undefined ? '' : `${role.people} ${role.people === 1 ? 'person' : 'people'}`

const roleHref = (role: RoleShown | undefined, days: number) =>
  role && `/review${searchOf({ days, role: role.roleArn })}#people`

/** `alice, bob and 12 more`; nothing for nobody. */
export function sayNames({ count, names }: Names): string {
  const shown = names.slice(0, most.names)
  if (count === 0) return ''
  return count > shown.length ? `${shown.join(', ')} and ${count - shown.length} more` : shown.join(', ')
}

function sayTook(milliseconds: number): string {
  return milliseconds < 1000
    ? 'Made in less than a second'
    : `Made in ${Math.round(milliseconds / 1000)} seconds`
}
