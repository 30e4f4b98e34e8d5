import { lastingKey, plainName, Refusal } from '../../core/index.ts'
import type { Story } from '../parts.ts'
import { sessionsOfSeen } from './end-others.ts'
import { lockOn, plainNamesOf } from './locks.ts'
import { everybodySeen } from './look-through.ts'
import { personRef, type Seen } from './seen.ts'

/** Who is looked for, and from where on. */
export interface PeopleFilter {
  /** Part of a name, or of an address that somebody came from. */
  readonly text?: string | undefined
  /** Where the part before ended. */
  readonly cursor?: string | undefined
  readonly limit: number
}

/** Somebody in a list. */
export interface PersonRow {
  readonly ref: string
  readonly seen: Seen
  readonly sessions: number
  readonly locked: boolean
}

/** A part of the list, and where the next one begins. */
export interface PeoplePart {
  readonly people: readonly PersonRow[]
  readonly next?: string
}

interface Found {
  readonly ref: string
  readonly seen: Seen
}

const cursorOf = ({ ref, seen }: Found) => `${seen.lastSeen}.${ref}`
const later = (a: Found, b: Found) => b.seen.lastSeen - a.seen.lastSeen || (a.ref < b.ref ? -1 : 1)

/**
 * Who signed in lately, the latest first. All records are gone through for each part, one at a time, and no more are held
 * than the part has.
 */
export async function listPeople(parts: Story, { text, cursor, limit }: PeopleFilter): Promise<PeoplePart> {
  const wanted = plainName(text ?? '')
  const from = cursor === undefined ? undefined : readCursor(cursor)
  let found: Found[] = []
  for await (const seen of everybodySeen(parts)) {
    const one = { ref: personRef(lastingKey(seen.identity)), seen }
    if ((from && !isBehind(one, from)) || !matches(seen, wanted)) continue
    found.push(one)
    if (found.length > 4 * limit + 100) found = found.sort(later).slice(0, limit + 1)
  }
  found.sort(later)
  const page = found.slice(0, limit)
  const people = await Promise.all(page.map((one) => rowOf(parts, one)))
  const last = page.at(-1)
  return { people, ...(found.length > limit && last && { next: cursorOf(last) }) }
}

async function rowOf(parts: Story, { ref, seen }: Found): Promise<PersonRow> {
  const [sessions, verdict] = await Promise.all([sessionsOfSeen(parts, seen), lockOn(parts, seen.identity)])
  return { ref, seen, sessions: sessions.length, locked: verdict === 'locked' }
}

function matches({ identity, client }: Seen, wanted: string): boolean {
  if (wanted === '') return true
  const all = [...plainNamesOf(identity), plainName(identity.provider), client.address]
  return all.some((one) => one.includes(wanted))
}

interface Cursor {
  readonly at: number
  readonly ref: string
}

function readCursor(text: string): Cursor {
  const [, at, ref] = /^(\d{1,16})\.([\w-]{22})$/.exec(text) ?? []
  if (at !== undefined && ref !== undefined) return { at: Number(at), ref }
  throw new Refusal('invalid_request', 'the cursor is none of ours', {
    say: 'cursor must be the “next” of an answer before.',
  })
}

const isBehind = ({ ref, seen }: Found, { at, ref: before }: Cursor) =>
  seen.lastSeen < at || (seen.lastSeen === at && ref > before)
