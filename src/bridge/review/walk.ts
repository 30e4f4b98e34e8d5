import { setImmediate } from 'node:timers/promises'
import { lastingKey } from '../../core/index.ts'
import type { Story } from '../parts.ts'
import { lockOn } from '../people/locks.ts'
import { everybodySeen } from '../people/look-through.ts'
import { personRef, type Seen } from '../people/seen.ts'
import { type Held, type HeldGrant, type HeldParts, heldBy } from './held.ts'
import { asksAbout, asksFor, day, type ReviewQuestion } from './question.ts'
import type { Progress } from './runs.ts'
import { Tallies } from './tallies.ts'

/** Somebody in the list of a review. Everything else of them is worked out when they are looked at. */
export interface Row {
  readonly ref: string
  readonly user: string
  readonly provider: string
  readonly lastSeen: number
  /** Roles that the review asks about. */
  readonly roles: number
  /** Of them: not taken within the days of the review. */
  readonly unused: number
  readonly onRequest: number
  readonly locked: number
  /** Somebody keeps the person out. */
  readonly shutOut: boolean
}

/** What a walk through everybody found. */
export interface Walked {
  readonly question: ReviewQuestion
  /** When it began, and how long it took; milliseconds. */
  readonly at: number
  readonly took: number
  /** By name. */
  readonly rows: readonly Row[]
  /** People who fit and are not in the list. */
  readonly left: number
  readonly tallies: Tallies
}

export interface WalkParts extends HeldParts, Pick<Story, 'seen' | 'locks' | 'clock'> {}

/** People in a list; more are counted. A row is some two hundred bytes. */
const mostRows = 50_000
/** People after whom others get their turn: of thousands of rules one takes milliseconds. */
export const turn = 2

/** Goes through everybody who was seen, one at a time, and keeps of each a line at most. */
export async function walk(
  parts: WalkParts,
  question: ReviewQuestion,
  tell: (progress: Progress) => void,
): Promise<Walked> {
  const { policy, clock } = parts
  const at = clock()
  const since = at - question.days * day
  const tallies = new Tallies(policy)
  const rows: Row[] = []
  const fits = (seen: Seen) => seen.lastSeen >= since && asksAbout(question, seen)
  let [left, looked, of] = [0, 0, 0]
  for await (const seen of everybodySeen(parts)) if (fits(seen)) of += 1
  for await (const seen of everybodySeen(parts)) {
    if (!fits(seen)) continue
    looked += 1
    // Some may have come since they were counted.
    tell({ people: looked, of: Math.max(of, looked) })
    if (looked % turn === 0) await setImmediate()
    const held = await heldBy(parts, seen, question.days)
    const asked = askedOf(question, held)
    const shutOut = (await lockOn(parts, seen.identity)) === 'locked'
    tallies.add(seen, { ...held, grants: asked }, shutOut)
    if (asked.length === 0 && narrows(question)) continue
    if (rows.length < mostRows) rows.push(rowOf(seen, asked, shutOut))
    else left += 1
  }
  const collator = new Intl.Collator('en')
  rows.sort((a, b) => collator.compare(a.user, b.user) || (a.ref < b.ref ? -1 : 1))
  return { question, at, took: clock() - at, rows, left, tallies }
}

/** The roles that a question is about. */
export function askedOf(question: ReviewQuestion, { grants }: Held): readonly HeldGrant[] {
  return grants.filter((one) => asksFor(question, one) && (!question.unused || one.unused === true))
}

const narrows = ({ account, tag, role, rule, unused }: ReviewQuestion) =>
  [account, tag, role, rule].some((one) => one !== undefined) || unused === true

function rowOf({ identity, lastSeen }: Seen, grants: readonly HeldGrant[], shutOut: boolean): Row {
  const count = (fits: (grant: HeldGrant) => boolean) => grants.filter(fits).length
  return {
    ref: personRef(lastingKey(identity)),
    ...{ user: identity.user, provider: identity.provider, lastSeen, shutOut },
    roles: grants.length,
    unused: count(({ unused }) => unused === true),
    onRequest: count(({ how }) => how === 'on_request'),
    locked: count(({ how }) => how === 'locked'),
  }
}
