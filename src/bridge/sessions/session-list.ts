import { personKey, Refusal, type Session, type Whose } from '../../core/index.ts'
import type { BridgeParts, PersonSessions } from '../parts.ts'
import { lockOn, refuseLocked } from '../people/locks.ts'

type Parts = Pick<BridgeParts, 'sessions' | 'people' | 'locks' | 'clock'>

/** Live sessions of one person, browsers and programs together; jobs of one workload run side by side by the hundred. */
const [most, mostOfWorkload] = [100, 1000]

type Listed = PersonSessions['sessions'][number]

/**
 * Keeps a session; nobody's who is locked. It counts from the moment its person's list names it: that one write also strikes what there is
 * no room for, which is returned. Of a person's sessions the oldest program goes first; refusing the new one instead
 * would let whoever lets in program after program keep the person themself out. A program whose parent ended in the
 * same moment is refused: a logout never leaves one behind.
 */
export async function enlist(parts: Parts, session: Session): Promise<readonly Session[]> {
  const { sessions, people, clock } = parts
  await refuseLocked(parts, session.identity)
  await sessions.put(session.id, session, session.expiresAt)
  const entry: Listed = { id: session.id, kind: session.kind, expiresAt: session.expiresAt }
  let over: readonly Listed[] = []
  await people.upsert(
    personKey(session.identity),
    (person) => {
      const live = (person?.sessions ?? []).filter((one) => one.expiresAt > clock())
      if (session.parent !== undefined && !live.some(({ id }) => id === session.parent)) {
        throw new Refusal('session_required', 'the session that let this one in has ended meanwhile')
      }
      over = tooMany(live, session.kind === 'workload' ? mostOfWorkload : most)
      return { sessions: [...live.filter((one) => !over.includes(one)), entry] }
    },
    (person) => Math.max(...person.sessions.map(({ expiresAt }) => expiresAt)),
  )
  const struck = await Promise.all(over.map(({ id }) => sessions.take(id)))
  return struck.filter((one) => one !== undefined)
}

/** Which of these must go so that there is room for one more, oldest first. */
function tooMany(live: readonly Listed[], most: number): readonly Listed[] {
  const [browsers, programs] = [true, false].map((browser) =>
    live.filter(({ kind }) => (kind === 'browser') === browser),
  )
  return [...(programs ?? []), ...(browsers ?? [])].slice(0, Math.max(0, live.length + 1 - most))
}

/**
 * A live session: there, not expired, named by its person's list, and of nobody who is locked or was since. A record of
 * the session alone, put back by somebody who can write the store, opens nothing. Every door asks here.
 */
export async function liveSession(parts: Parts, id: string): Promise<Session | undefined> {
  const { sessions, people, clock } = parts
  const session = await sessions.get(id)
  if (session === undefined || session.expiresAt <= clock()) return undefined
  const [person, lock] = await Promise.all([
    people.get(personKey(session.identity)),
    lockOn(parts, session.identity, session.createdAt),
  ])
  return lock === 'open' && person?.sessions.some((one) => one.id === id) ? session : undefined
}

/** A person's live sessions, in no order. */
export async function liveOf(
  { sessions, people, clock }: Pick<Parts, 'sessions' | 'people' | 'clock'>,
  whose: Whose,
): Promise<Session[]> {
  const person = await people.get(personKey(whose))
  const ids = (person?.sessions ?? []).filter(({ expiresAt }) => expiresAt > clock())
  const found = await Promise.all(ids.map(({ id }) => sessions.get(id)))
  return found.filter((session) => session !== undefined).filter(({ expiresAt }) => expiresAt > clock())
}

/**
 * Ends all that is found, then the programs that one of those let in after the first look: off its list it lets in no
 * more.
 */
export async function endWithPrograms(
  look: () => Promise<readonly Session[]>,
  end: (found: readonly Session[]) => Promise<void>,
): Promise<void> {
  const first = await look()
  await end(first)
  const ended = new Set(first.map(({ id }) => id))
  await end((await look()).filter(({ parent }) => parent !== undefined && ended.has(parent)))
}

/** Takes a session off its person's list and out of the store; of two who try one gets it. */
export async function strike({ sessions, people, clock }: Parts, id: string): Promise<Session | undefined> {
  const session = await sessions.get(id)
  if (session === undefined) return undefined
  await people.update(personKey(session.identity), (person) => ({
    sessions: person.sessions.filter((one) => one.id !== id && one.expiresAt > clock()),
  }))
  return sessions.take(id)
}
