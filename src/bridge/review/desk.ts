import type { RequestContext, Session } from '../../core/index.ts'
import type { Approval, Finding } from './findings.ts'
import type { HeldGrant } from './held.ts'
import type { ReviewQuestion } from './question.ts'
import type { Due } from './reviewed.ts'
import type { Progress } from './runs.ts'
import type { Changes, Decision, Reviewed, SignOff, SubjectKind } from './sign-offs.ts'
import type { RoleShown } from './subjects.ts'
import type { Names } from './tallies.ts'
import type { Row } from './walk.ts'

export type { Changes, HeldGrant, Names, Reviewed, ReviewQuestion, RoleShown, SignOff }

/** The latest sign-off of something, and what changed since. */
export interface ReviewStanding {
  readonly latest: SignOff
  readonly changes: Changes | undefined
}

/** Somebody in the list, with what was said of their roles. */
export type ReviewRow = Row & { readonly signOff?: ReviewStanding }

/** A rule, in words and in numbers. */
export interface RuleRow {
  readonly id: string
  readonly effect: 'allow' | 'deny'
  readonly say: string
  /** Whom it matches, and who come to a role by it. */
  readonly people: number
  readonly holders: number
  readonly roles: number
  /** Epoch milliseconds. */
  readonly lastUsed: number | undefined
  readonly times: number
}

/** Counts of a review: of everything that it asks about. */
export interface Totals {
  readonly people: number
  readonly roles: number
  /** Grants: a person and a role. */
  readonly grants: number
  readonly unused: number
}

/** A review of who may what, from when it was made. */
export interface Review {
  readonly at: number
  /** Milliseconds that it took. */
  readonly took: number
  readonly totals: Totals
  /** There were more roles, or people, than are counted and listed. */
  readonly cut: boolean
  /** Where last uses come from: since when the history knows; undefined where there is none. */
  readonly history: { readonly since: number | undefined } | undefined
  /** Of everybody, whatever the review asks about. */
  readonly findings: readonly Finding[]
  readonly approvals: readonly Approval[]
  readonly auditors: Names
  readonly administrators: Names
  readonly due: readonly Due[]
  readonly rules: readonly RuleRow[]
  /** The roles that were not used for longest first. */
  readonly roles: readonly RoleShown[]
  readonly people: readonly ReviewRow[]
  /** For the next page of people. */
  readonly next?: string
}

/** A review, or how far it is: going through everybody takes a while. */
export type ReviewAnswer =
  | { readonly state: 'done'; readonly review: Review }
  | ({ readonly state: 'under_way' } & Progress)

export interface ReviewWish {
  readonly limit: number
  readonly cursor?: string | undefined
  /** Milliseconds to wait for it. */
  readonly patience: number
}

/** What somebody is about to sign off. */
export interface Subject {
  readonly kind: SubjectKind
  /** What names it in addresses: a person’s ref, a rule’s id, an account’s number. */
  readonly id: string
  readonly name: string
  readonly idp?: string
  /** Of what is shown here: a sign-off names it. */
  readonly digest: string
  readonly history: Review['history']
  /** Of a person. */
  readonly grants?: readonly HeldGrant[]
  readonly beyond?: readonly { readonly role: string; readonly rule: string; readonly last: number }[]
  readonly lastSeen?: number
  readonly shutOut?: boolean
  /** Of a rule or an account. */
  readonly say?: string
  readonly people: number
  readonly roles?: readonly RoleShown[]
  /** The latest first. */
  readonly signOffs: readonly SignOff[]
  readonly changes: Changes | undefined
  /** Why this reader may not sign it off, in a sentence. */
  readonly refused?: string
}

export interface SignOffWish {
  readonly kind: SubjectKind
  readonly id: string
  readonly days: number
  readonly digest: string
  readonly decision: Decision
  readonly note: string
}

/** Which sign-offs somebody asks for. */
export interface SignOffFilter {
  readonly decision?: Decision | undefined
  readonly limit: number
  /** The `next` of the page before. */
  readonly cursor?: string | undefined
}

export interface SignOffPage {
  readonly found: readonly Reviewed[]
  readonly next?: string
}

/** One line of an export: somebody and a role. */
export interface ExportLine {
  readonly user: string
  readonly provider: string
  readonly grant: HeldGrant
  readonly signOff: SignOff | undefined
  /** It was signed off, and is not what it was then. */
  readonly changed: boolean
}

/**
 * Who may what, who used it, and who said that it is right. For auditors and administrators; everybody else is refused. It
 * changes no rule: what shall go is for whoever writes them.
 */
export interface ReviewDesk {
  look(
    actor: Session,
    question: ReviewQuestion,
    wish: ReviewWish,
    context: RequestContext,
  ): Promise<ReviewAnswer>
  /** One person, rule or account, with what was signed off about it. */
  subject(
    actor: Session,
    what: { readonly kind: SubjectKind; readonly id: string; readonly days: number },
    context: RequestContext,
  ): Promise<Subject>
  /** Writes down that somebody looked. Refuses what is not what they were shown, and what is their own. */
  signOff(actor: Session, wish: SignOffWish, context: RequestContext): Promise<SignOff>
  /** What was signed off, the latest first; with `decision` what was last said so of. */
  signOffs(actor: Session, filter: SignOffFilter, context: RequestContext): Promise<SignOffPage>
  /** The review without its people, and then everybody and every role it asks about, line by line. Refuses while it is under way. */
  take(
    actor: Session,
    question: ReviewQuestion,
    format: string,
    context: RequestContext,
  ): Promise<{ readonly review: Review; readonly lines: AsyncGenerator<ExportLine, void, undefined> }>
}
