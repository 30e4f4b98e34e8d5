import { type Collection, type Identity, lastingKey, plainName, Refusal } from '../../core/index.ts'

/** Keeps somebody out, from now on and everywhere. Written under a name, or under one somebody whom a provider names. */
export interface Lock {
  /** The name as whoever locked wrote it, or as the provider said it. */
  readonly user: string
  /** Only people of these providers; absent: whoever vouches for the name. */
  readonly idps?: readonly string[] | undefined
  /** Epoch milliseconds. */
  readonly lockedAt: number
  /** Ends by itself here. */
  readonly until?: number | undefined
  /** It was taken away here. What was signed in before that stays ended. */
  readonly liftedAt?: number | undefined
  readonly reason: string
  /** Who locked, as the audit trail names them. */
  readonly by: { readonly user: string; readonly idp: string }
  /** Beside a lock by name: `lastingKey`s of those who had the name, and are locked by what their provider calls them. */
  readonly people: readonly string[]
}

/** Where locks lie, and the time. */
export interface LockParts {
  readonly locks: Collection<Lock>
  readonly clock: () => number
}

/** Attributes that hold further names of somebody; whoever reports a leaver may know no other. */
type Named = Pick<Identity, 'user' | 'nameId' | 'nameIdFormat' | 'attributes'>

const namesOf = ({ user, nameId, nameIdFormat = '', attributes }: Named): readonly string[] => {
  const mail = Object.hasOwn(attributes, 'email') ? (attributes.email ?? []).slice(0, 5) : []
  const sayable = nameIdFormat.endsWith(':transient') ? [] : [nameId]
  return [user, ...sayable, ...mail]
}

/** The names by which a lock finds somebody, as `plainName` writes them. */
export function plainNamesOf(identity: Named): readonly string[] {
  return [...new Set(namesOf(identity).map(plainName))].filter((name) => name !== '')
}

export const byName = (name: string) => JSON.stringify(['name', name])
export const byPerson = (lastingKey: string) => JSON.stringify(['person', lastingKey])

/** When what was signed in before has ended: never while the lock holds. */
const endOf = ({ until, liftedAt }: Lock) =>
  Math.min(until ?? Number.POSITIVE_INFINITY, liftedAt ?? Number.POSITIVE_INFINITY)

/** How long one that ended is remembered: longer than any session lives. */
const remembered = 8 * 86_400_000

/** When a lock's record may go; never where it has no end. */
export function rememberedUntil(lock: Lock): number | undefined {
  const end = endOf(lock)
  return Number.isFinite(end) ? end + remembered : undefined
}

/** Whether the lock holds at this moment. */
export const holdsAt = (lock: Lock, now: number): boolean => now < endOf(lock)

/** What a lock means for somebody: who was signed in when it was lifted has to sign in again. */
type Verdict = 'open' | 'signed_in_before' | 'locked'

/**
 * Looks for locks on somebody. `since`: when what they come with was opened. Whether there is a record decides, not
 * whether it can be read: one under a secret that was retired locks as it did before.
 */
export async function lockOn(
  { locks, clock }: LockParts,
  identity: Identity,
  since = Number.POSITIVE_INFINITY,
): Promise<Verdict> {
  const ids = [...plainNamesOf(identity).map(byName), byPerson(lastingKey(identity))]
  const there = await Promise.all(ids.map((id) => locks.holds(id)))
  if (!there.includes(true)) return 'open'
  const now = clock()
  let verdict: Verdict = 'open'
  for (const id of ids.filter((_, index) => there[index])) {
    const lock = await locks.get(id)
    if (lock === undefined && (await locks.holds(id))) return 'locked'
    if (lock === undefined || !concerns(lock, identity)) continue
    if (holdsAt(lock, now)) return 'locked'
    if (since <= endOf(lock)) verdict = 'signed_in_before'
  }
  return verdict
}

/** Whether a lock under this id holds, for this person where one is given; one that nobody can read does. */
export async function holdsUnder(
  { locks, clock }: LockParts,
  id: string,
  person?: Identity,
): Promise<boolean> {
  const lock = await locks.get(id)
  if (lock === undefined) return locks.holds(id)
  return holdsAt(lock, clock()) && (person === undefined || concerns(lock, person))
}

/** Names under which somebody is locked beside one, their own user name: others may have them too. */
export async function lockedByOtherNames(
  parts: LockParts,
  identity: Identity,
  own = plainName(identity.user),
): Promise<readonly string[]> {
  const held: string[] = []
  for (const name of plainNamesOf(identity))
    if (name !== own && (await holdsUnder(parts, byName(name), identity))) held.push(name)
  return held
}

const concerns = ({ idps }: Lock, { provider }: Identity) => idps === undefined || idps.includes(provider)

/** Throws `locked` when somebody may not come in, or not go on. */
export async function refuseLocked(parts: LockParts, identity: Identity): Promise<void> {
  if ((await lockOn(parts, identity)) !== 'locked') return
  throw new Refusal('locked', `${identity.user.slice(0, 300)} is locked`, { idp: identity.provider })
}
