import {
  type Identity,
  lastingKey,
  plainName,
  Refusal,
  type RequestContext,
  type Session,
} from '../../core/index.ts'
import { circumstances, subject } from '../audit.ts'
import type { Story } from '../parts.ts'
import { endOthers } from './end-others.ts'
import {
  byName,
  byPerson,
  holdsAt,
  holdsUnder,
  type Lock,
  lockedByOtherNames,
  plainNamesOf,
  rememberedUntil,
} from './locks.ts'
import { everybodySeen } from './look-through.ts'
import type { Seen } from './seen.ts'

/** Whom a lock is about: a name as somebody wrote it, who may never have signed in, or somebody who did. */
export interface LockTarget {
  readonly user: string
  /** A provider of the configuration: people of others who are called the same come in. */
  readonly idp?: string | undefined
  /** The one that was seen. */
  readonly seen?: Seen | undefined
}

/** What a lock says. */
export interface LockTerms {
  readonly reason: string
  /** Epoch milliseconds. */
  readonly until?: number | undefined
}

/** People of one name; a lock that finds more is about something else than a person. */
const mostPeople = 100

/**
 * Locks: first the name, which counts at once on every node, then what providers call those who had it, then their sessions
 * end. A trail that cannot be written lets nobody in again, and whoever locks hears of it.
 */
export async function lockSomebody(
  parts: Story,
  actor: Session,
  target: LockTarget,
  terms: LockTerms,
  context: RequestContext,
): Promise<Lock> {
  const name = nameIn(target)
  checkTerms(parts, terms)
  refuseOwn(actor, target, name)
  const { user, provider } = actor.identity
  const fresh: Lock = {
    user: target.user.slice(0, 512),
    ...(target.idp !== undefined && { idps: [target.idp] }),
    lockedAt: parts.clock(),
    ...(terms.until !== undefined && { until: terms.until }),
    reason: terms.reason,
    by: { user, idp: provider },
    people: [],
  }
  await write(parts, byName(name), fresh)
  const found = await withName(parts, target, name)
  // Somebody who has the name beside others, as a second address, would lock themself out all the same.
  const people = found.filter(({ identity }) => lastingKey(identity) !== lastingKey(actor.identity))
  for (const { identity } of people)
    await write(parts, byPerson(lastingKey(identity)), { ...fresh, user: identity.user })
  const lock = await write(parts, byName(name), {
    ...fresh,
    people: people.map(({ identity }) => lastingKey(identity)),
  })
  const told = await Promise.allSettled([
    parts.events.emit({
      type: 'person_locked',
      ...circumstances(context),
      ...subject(actor),
      ...about(target),
      reason: terms.reason,
      ...(lock.until !== undefined && { until: new Date(lock.until).toISOString() }),
      ...(lock.idps !== undefined && { idps: lock.idps }),
      people: people.length,
    }),
    endOthers(parts, actor, people, 'locked', context),
  ])
  for (const one of told) if (one.status === 'rejected') throw one.reason
  return lock
}

/** What came of unlocking: whether anything was taken away, and the names under which they are locked all the same. */
export interface Unlocked {
  readonly lifted: boolean
  readonly stillLockedAs: readonly string[]
}

/**
 * Lets somebody in again, who has to sign in anew. Written down before it counts. Of somebody who was seen only the locks
 * under their own user name and what their provider calls them: the others may be about somebody else.
 */
export async function unlockSomebody(
  parts: Story,
  actor: Session,
  target: Pick<LockTarget, 'user' | 'seen'>,
  context: RequestContext,
): Promise<Unlocked> {
  const name = nameIn(target)
  const person = target.seen?.identity
  const ids = person ? [byName(name), byPerson(lastingKey(person))] : await idsOf(parts, name)
  const there: string[] = []
  for (const id of ids) if (await holdsUnder(parts, id, person)) there.push(id)
  const stillLockedAs = () => (person ? lockedByOtherNames(parts, person) : otherNamesOf(parts, name))
  if (there.length === 0) return { lifted: false, stillLockedAs: await stillLockedAs() }
  await parts.events.emit({
    type: 'person_unlocked',
    ...circumstances(context),
    ...subject(actor),
    ...about(target),
  })
  const liftedAt = parts.clock()
  for (const id of there) {
    const lifted = (lock: Lock | undefined): Lock => ({ ...(lock ?? unreadable(target, actor)), liftedAt })
    await parts.locks.upsert(id, lifted, rememberedUntil)
  }
  return { lifted: true, stillLockedAs: await stillLockedAs() }
}

/** Names under which those who have this one are locked all the same. */
async function otherNamesOf(parts: Story, name: string): Promise<readonly string[]> {
  const held = new Set<string>()
  for (const { identity } of await withName(parts, {}, name))
    for (const other of await lockedByOtherNames(parts, identity, name)) held.add(other)
  return [...held]
}

/**
 * Where locks on those lie who have or had the name. One on a person stays while they are locked under another name: who has
 * this one as a second address may have been locked for something else.
 */
async function idsOf(parts: Story, name: string): Promise<ReadonlySet<string>> {
  const people = new Map<string, readonly string[]>()
  for (const key of (await parts.locks.get(byName(name)))?.people ?? []) people.set(byPerson(key), [])
  for (const { identity } of await withName(parts, {}, name))
    people.set(byPerson(lastingKey(identity)), plainNamesOf(identity))
  const ids = new Set([byName(name)])
  for (const [id, names] of people) {
    const before = (await parts.locks.get(id))?.user
    const others = new Set([...names, ...(before === undefined ? [] : [plainName(before)])])
    others.delete(name)
    if (!(await holdsUnderAny(parts, others))) ids.add(id)
  }
  return ids
}

async function holdsUnderAny(parts: Story, names: Iterable<string>): Promise<boolean> {
  for (const name of names) if (await holdsUnder(parts, byName(name))) return true
  return false
}

/** A lock under a secret that was retired: what it said is lost. */
const unreadable = ({ user }: Pick<LockTarget, 'user'>, { identity }: Session): Lock => ({
  user,
  lockedAt: 0,
  reason: '',
  by: { user: identity.user, idp: identity.provider },
  people: [],
})

/** A lock is widened by another, never narrowed nor shortened: whoever wants that takes it away first. */
function write(parts: Pick<Story, 'locks' | 'clock'>, id: string, fresh: Lock): Promise<Lock> {
  const now = parts.clock()
  return parts.locks.upsert(
    id,
    (before, there) => {
      const { idps: _, until, ...rest } = fresh
      // What one under a secret that was retired said is lost: it had no end, and was for everybody.
      if (before === undefined) return there ? rest : fresh
      if (!holdsAt(before, now)) return fresh
      const ends = until && before.until && Math.max(until, before.until)
      const all = fresh.idps && before.idps && [...new Set([...before.idps, ...fresh.idps])]
      const people = [...new Set([...before.people, ...fresh.people])]
      return {
        ...rest,
        lockedAt: before.lockedAt,
        people,
        ...(ends && { until: ends }),
        ...(all && { idps: all }),
      }
    },
    rememberedUntil,
  )
}

/** Who signed in lately and is meant by the name, and by the provider where one is named. */
async function withName(
  parts: Story,
  { idp, seen }: Pick<LockTarget, 'idp' | 'seen'>,
  name: string,
): Promise<readonly Seen[]> {
  const found: Seen[] = seen ? [seen] : []
  const first = seen && lastingKey(seen.identity)
  for await (const one of everybodySeen(parts)) {
    const { identity } = one
    if (!plainNamesOf(identity).includes(name) || lastingKey(identity) === first) continue
    if (idp === undefined || identity.provider === idp) found.push(one)
    if (found.length >= mostPeople) break
  }
  return found
}

function nameIn({ user }: Pick<LockTarget, 'user'>): string {
  const name = plainName(user)
  if (name !== '' && user.length <= 512) return name
  throw new Refusal('invalid_request', 'the name is empty, or longer than a name is', {
    say: 'Name somebody, by 1 to 512 characters.',
  })
}

function checkTerms({ clock }: Story, { reason, until }: LockTerms): void {
  if (reason.trim() === '' || reason.length > 500 || /[\p{C}\p{Zl}\p{Zp}]/u.test(reason))
    throw new Refusal('invalid_request', 'the reason is not one line of text', {
      say: 'Say why, in one line of at most 500 characters.',
    })
  if (until !== undefined && !(until > clock()))
    throw new Refusal('invalid_request', 'the lock would have ended before it began', {
      say: 'A lock ends later than now.',
    })
}

/** Whoever locks themself out cannot undo it. */
function refuseOwn({ identity }: Session, { idp, seen }: LockTarget, name: string): void {
  const names = plainNamesOf(identity).includes(name) && (idp === undefined || idp === identity.provider)
  if (!names && (seen === undefined || lastingKey(seen.identity) !== lastingKey(identity))) return
  throw new Refusal('invalid_request', 'an administrator would lock themself', {
    say: 'That is yourself: another administrator can lock you, and let you in again.',
  })
}

function about({ user, idp, seen }: LockTarget): { person: string; personIdp?: string } {
  const whose: Pick<Identity, 'user' | 'provider'> | undefined = seen?.identity
  const provider = whose?.provider ?? idp
  return { person: whose?.user ?? user, ...(provider !== undefined && { personIdp: provider }) }
}
