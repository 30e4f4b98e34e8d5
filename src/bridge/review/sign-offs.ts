import { createHash } from 'node:crypto'
import { type Collection, lastingKey } from '../../core/index.ts'
import type { Seen } from '../people/seen.ts'

/** What a sign-off is about: somebody’s roles, a rule’s, or those of an account. */
export type SubjectKind = 'person' | 'rule' | 'account'

export const decisions = ['kept', 'to_be_removed'] as const
export type Decision = (typeof decisions)[number]

/** That somebody looked, and what they said. */
export interface SignOff {
  /** Epoch milliseconds. */
  readonly at: number
  readonly by: { readonly user: string; readonly idp: string }
  readonly decision: Decision
  readonly note: string
  /** Of what was shown. */
  readonly digest: string
  /** A mark of each role that was shown, so that what changed can be counted; none where they were very many. */
  readonly marks?: readonly string[] | undefined
  /** How many people it was about. */
  readonly people: number
}

/** What is kept about a person, a rule or an account, the latest sign-off first. */
export interface Reviewed {
  readonly kind: SubjectKind
  /** A user name, the id of a rule, or of an account. */
  readonly name: string
  readonly idp?: string | undefined
  readonly signOffs: readonly SignOff[]
}

/** What changed since somebody signed off. */
export interface Changes {
  readonly more: number
  readonly fewer: number
  /** The same roles, on other terms, or too many to be counted. */
  readonly otherTerms: boolean
}

/** What is shown of a subject, as far as it counts for a sign-off. */
export interface Shown {
  readonly digest: string
  readonly marks: readonly string[]
  readonly people: number
}

/** Two years and a bit: the review before the last is still there. */
const keptFor = 800 * 86_400_000
const [mostKept, mostMarks] = [20, 5000]

const hash = (text: string, length: number) =>
  createHash('sha256').update(text).digest('base64url').slice(0, length)

/** Names the record of a subject in the store. */
export function reviewedId(kind: SubjectKind, name: string): string {
  return JSON.stringify([kind, name])
}

export const personId = ({ identity }: Seen) => reviewedId('person', lastingKey(identity))

/** A digest of roles with their terms, and of whatever else was shown beside them. */
export function shownOf(
  roles: readonly { readonly name: string; readonly terms: unknown }[],
  beside: unknown,
  people: number,
): Shown {
  const sorted = roles.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  return {
    digest: hash(JSON.stringify([sorted.map(({ name, terms }) => [name, terms]), beside]), 43),
    marks: sorted.map(({ name }) => hash(name, 8)),
    people,
  }
}

/** Until when what was signed off is kept. */
export const reviewedUntil = ({ signOffs: [latest] }: Reviewed): number => (latest?.at ?? 0) + keptFor

/** Adds a sign-off before those that are there; of two at once none is lost. */
export function keepSignOff(
  reviews: Collection<Reviewed>,
  id: string,
  about: Omit<Reviewed, 'signOffs'>,
  signOff: SignOff,
): Promise<Reviewed> {
  const { marks = [], ...rest } = signOff
  const fresh: SignOff = marks.length > mostMarks ? rest : signOff
  return reviews.upsert(
    id,
    (before) => ({ ...about, signOffs: [fresh, ...(before?.signOffs ?? []).map(plain)].slice(0, mostKept) }),
    reviewedUntil,
  )
}

/** Marks are for the latest alone. */
const plain = ({ marks: _, ...rest }: SignOff): SignOff => rest

/** What changed since a sign-off; undefined: nothing. */
export function changesSince({ digest, marks }: SignOff, shown: Shown): Changes | undefined {
  if (digest === shown.digest) return undefined
  if (marks === undefined) return { more: 0, fewer: 0, otherTerms: true }
  const [had, has] = [new Set(marks), new Set(shown.marks)]
  const more = [...has].filter((one) => !had.has(one)).length
  const fewer = [...had].filter((one) => !has.has(one)).length
  return { more, fewer, otherTerms: more + fewer === 0 }
}
