import { Refusal, type RequestContext, type Session } from '../../core/index.ts'
import { lockOn } from '../people/locks.ts'
import type { Seen } from '../people/seen.ts'
import type { Subject } from './desk.ts'
import { heldBy } from './held.ts'
import { refuseNoPerson, refuseOwnAmong, refuseOwnPerson } from './own.ts'
import type { ReviewParts } from './parts.ts'
import { changesSince, personId, reviewedId, type Shown, type SubjectKind } from './sign-offs.ts'
import { type RoleShown, rolesIn, shownOfAccount, shownOfPerson, shownOfRule } from './subjects.ts'
import type { Walked } from './walk.ts'

/** What a sign-off of something is kept under, and what it would say was shown. */
export interface Known {
  readonly subject: Subject
  readonly shown: Shown
  readonly recordId: string
  /** Throws for whoever may not sign this off. */
  readonly refuse: (actor: Session, context: RequestContext) => Promise<void>
}

/** What is asked for: `id` is the ref of a person, the id of a rule, or an account’s number. */
export interface Asked {
  readonly kind: SubjectKind
  readonly id: string
  readonly days: number
}

const missing = (say: string) => new Refusal('not_found', 'no such subject of a review', { say })

/** Somebody, with every role within their reach. */
export async function personSubject(parts: ReviewParts, { id, days }: Asked): Promise<Known> {
  const seen = /^[\w-]{22}$/.test(id) ? await parts.seen.get(id) : undefined
  if (seen === undefined) throw missing('Nobody of that name signed in lately.')
  const held = await heldBy(parts, seen, days)
  const { grants, beyond } = held
  const { identity, lastSeen } = seen
  const refuse = async (actor: Session, context: RequestContext) => {
    refuseNoPerson(actor, context)
    refuseOwnPerson(actor, seen)
  }
  return known(
    parts,
    { recordId: personId(seen), shown: shownOfPerson(parts.reviewed, held), refuse },
    {
      ...{ kind: 'person', id, name: identity.user, idp: identity.provider },
      ...{ grants, beyond, lastSeen, people: 1 },
      shutOut: await isShutOut(parts, seen),
    },
  )
}

const isShutOut = async (parts: ReviewParts, { identity }: Seen) =>
  (await lockOn(parts, identity)) === 'locked'

/** Throws for what can be no rule and no account, before anybody goes through everybody for it. */
export function refuseUnknown({ reviewed }: ReviewParts, { kind, id }: Asked): void {
  if (kind === 'rule' && reviewed.rules.get(id) === undefined) throw missing('There is no such rule.')
  if (kind === 'account' && !/^\d{12}$/.test(id)) throw missing('An account is named by its twelve digits.')
}

/** A rule, with the roles that people come to by it. */
export async function ruleSubject(parts: ReviewParts, { id }: Asked, { tallies }: Walked): Promise<Known> {
  const rule = parts.reviewed.rules.get(id)
  const tally = tallies.byRule.get(id)
  if (rule === undefined || tally === undefined) throw missing('There is no such rule.')
  const roles = rolesIn(tallies, (arn) => tally.roles.has(arn))
  const shown = shownOfRule(rule, roles, tally.people)
  const refuse = (actor: Session, context: RequestContext) =>
    refuseAmong(parts, actor, context, ({ grants, matched }) =>
      rule.effect === 'deny' ? matched.includes(id) : grants.some((one) => one.rule === id),
    )
  const about = { kind: 'rule', id, name: id, say: rule.say, people: tally.people, roles } as const
  return known(parts, { recordId: reviewedId('rule', id), shown, refuse }, about)
}

/** An account, with its roles that people come to. */
export async function accountSubject(
  parts: ReviewParts,
  { id }: Asked,
  { tallies, rows, left }: Walked,
): Promise<Known> {
  const roles = rolesIn(tallies, (_, account) => account === id)
  if (roles.length === 0) throw missing('Nobody who was seen comes to a role of this account.')
  const people = rows.length + left
  const refuse = (actor: Session, context: RequestContext) =>
    refuseAmong(parts, actor, context, ({ grants }) => grants.some(({ account }) => account.id === id))
  const about = { kind: 'account', id, name: roles[0]?.account ?? id, people, roles } as const
  return known(
    parts,
    {
      recordId: reviewedId('account', id),
      shown: shownOfAccount(parts.reviewed, tallies, roles, people),
      refuse,
    },
    about,
  )
}

async function refuseAmong(
  parts: ReviewParts,
  actor: Session,
  context: RequestContext,
  has: Parameters<typeof refuseOwnAmong>[2],
): Promise<void> {
  refuseNoPerson(actor, context)
  await refuseOwnAmong(parts, actor, has)
}

type About = Omit<Subject, 'digest' | 'history' | 'signOffs' | 'changes' | 'refused'> & {
  readonly roles?: readonly RoleShown[]
}

async function known(parts: ReviewParts, own: Omit<Known, 'subject'>, about: About): Promise<Known> {
  const [reviewed, state] = await Promise.all([parts.reviews.get(own.recordId), parts.history?.state()])
  const signOffs = reviewed?.signOffs ?? []
  const [latest] = signOffs
  const subject: Subject = {
    ...about,
    digest: own.shown.digest,
    history: state && { since: state.oldest },
    signOffs,
    changes: latest && changesSince(latest, own.shown),
  }
  return { ...own, subject }
}
