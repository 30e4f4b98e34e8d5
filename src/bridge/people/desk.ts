import { Refusal, type RequestContext, type Session } from '../../core/index.ts'
import type { NewEvent } from '../../events/index.ts'
import { circumstances, subject } from '../audit.ts'
import { type Office, officesOf } from '../decide/offices.ts'
import { refuseAgents } from '../decide/refuse-agents.ts'
import type { Story } from '../parts.ts'
import { type Cut, cutsOf } from './cut.ts'
import { endOne, endOthers, endUntilNow } from './end-others.ts'
import { listPeople, type PeopleFilter, type PeoplePart } from './list-people.ts'
import { type LockTerms, lockSomebody, type Unlocked, unlockSomebody } from './lock-somebody.ts'
import { holdsAt, type Lock, lockOn } from './locks.ts'
import { type PersonDetail, personDetail } from './person.ts'
import type { Seen } from './seen.ts'
import { takenBy } from './taken.ts'

/**
 * What is known of the people who sign in, and what can be done about one of them. Auditors and administrators read,
 * administrators act; everything is written down, and throws `Refusal` for everybody else. `ref` names somebody.
 */
export interface PeopleDesk {
  /** With `export` as it is written for `rolebridge check --identities`: for auditors alone. */
  list(
    actor: Session,
    filter: PeopleFilter & { readonly export?: boolean },
    context: RequestContext,
  ): Promise<PeoplePart>
  person(actor: Session, ref: string, context: RequestContext): Promise<PersonDetail>
  /** Locks that hold, in no order. */
  locks(actor: Session, context: RequestContext): Promise<readonly Lock[]>
  /** Ends one session by its ref, or all of them. Returns how many. */
  end(actor: Session, ref: string, sessionRef: string | undefined, context: RequestContext): Promise<number>
  /** Keeps somebody out who signed in before. */
  lock(actor: Session, ref: string, terms: LockTerms, context: RequestContext): Promise<Lock>
  unlock(actor: Session, ref: string, context: RequestContext): Promise<Unlocked>
  /** The same by name, for somebody who may never have signed in; `idp`: only people of that provider. */
  lockByName(actor: Session, whom: Whom, terms: LockTerms, context: RequestContext): Promise<Lock>
  unlockByName(actor: Session, user: string, context: RequestContext): Promise<Unlocked>
  /** What makes AWS refuse what somebody may still hold. */
  cut(actor: Session, ref: string, context: RequestContext): Promise<PersonCuts>
}

/** For each role one cut; undefined where the bridge keeps no trail that can be read here. */
export interface PersonCuts {
  readonly user: string
  readonly locked: boolean
  readonly cuts: readonly Cut[] | undefined
  /** Nothing that was handed out is missing among them, as far as the bridge can know. */
  readonly whole: boolean
}

interface Whom {
  readonly user: string
  readonly idp?: string | undefined
}

/** The longest that AWS lets credentials live (GetFederationToken), milliseconds. */
const longestLife = 36 * 3600_000
const mostHandOuts = 10_000

/** The desk over the store, the trail and the policy. */
export function createPeopleDesk(parts: Story): PeopleDesk {
  const { providerOrder } = parts
  const read = (actor: Session) => allow(parts, actor, ['auditor', 'administrator'])
  const act = (actor: Session, context: RequestContext) => {
    refuseAgents(actor, context, 'An AI agent may not do this: a person does, or a job that administers.')
    return allow(parts, actor, ['administrator'])
  }
  const seenBy = async (ref: string): Promise<Seen> => {
    const seen = /^[\w-]{22}$/.test(ref) ? await parts.seen.get(ref) : undefined
    if (seen !== undefined) return seen
    throw new Refusal('not_found', 'nobody of this ref was seen', {
      say: 'Nobody of that name signed in lately.',
    })
  }
  const tell = (
    actor: Session,
    what: NewEvent<'people_read'>['what'],
    context: RequestContext,
    seen?: Seen,
  ) =>
    parts.events.emit({
      type: 'people_read',
      ...circumstances(context),
      ...subject(actor),
      what,
      ...(seen && { person: seen.identity.user, personIdp: seen.identity.provider }),
    })
  return {
    list: async (actor, { export: whole, ...filter }, context) => {
      await (whole ? allow(parts, actor, ['auditor']) : read(actor))
      await tell(actor, whole ? 'export' : 'list', context)
      return listPeople(parts, filter)
    },
    person: async (actor, ref, context) => {
      await read(actor)
      const seen = await seenBy(ref)
      await tell(actor, 'person', context, seen)
      return personDetail(parts, seen, actor)
    },
    locks: async (actor, context) => {
      await read(actor)
      await tell(actor, 'locks', context)
      return locksThatHold(parts)
    },
    end: async (actor, ref, session, context) => {
      await act(actor, context)
      const seen = await seenBy(ref)
      if (session !== undefined) return endOne(parts, actor, seen, session, context)
      await endUntilNow(parts, actor, seen)
      return endOthers(parts, actor, [seen], 'revoked', context)
    },
    lock: async (actor, ref, terms, context) => {
      await act(actor, context)
      const seen = await seenBy(ref)
      return lockSomebody(parts, actor, { user: seen.identity.user, seen }, terms, context)
    },
    unlock: async (actor, ref, context) => {
      await act(actor, context)
      const seen = await seenBy(ref)
      return unlockSomebody(parts, actor, { user: seen.identity.user, seen }, context)
    },
    lockByName: async (actor, { user, idp }, terms, context) => {
      await act(actor, context)
      if (idp !== undefined && !providerOrder.includes(idp))
        throw new Refusal('invalid_request', 'idp is no provider of the configuration', {
          say: `idp is none of ${providerOrder.join(', ')}.`,
        })
      return lockSomebody(parts, actor, { user, idp }, terms, context)
    },
    unlockByName: async (actor, user, context) => {
      await act(actor, context)
      return unlockSomebody(parts, actor, { user }, context)
    },
    cut: async (actor, ref, context) => {
      await read(actor)
      const seen = await seenBy(ref)
      await tell(actor, 'cut', context, seen)
      const found = await takenBy(parts, seen, parts.clock() - longestLife, mostHandOuts)
      const { identity } = seen
      return {
        user: identity.user,
        locked: (await lockOn(parts, identity)) === 'locked',
        cuts: found && cutsOf(found.taken, identity.user, parts.clock()),
        whole: found?.whole ?? false,
      }
    },
  }
}

async function allow(parts: Story, actor: Session, offices: readonly Office[]): Promise<void> {
  const own = officesOf(parts, actor)
  if (!offices.some((office) => own.includes(office))) {
    const say = offices.includes('auditor')
      ? 'Only auditors and administrators may look at other people.'
      : 'Only administrators may do that.'
    throw new Refusal('not_entitled', `${actor.identity.user.slice(0, 200)} is none of ${offices.join()}`, {
      say,
    })
  }
  await parts.lookups(actor)
}

/** One by name stands for those of the people who had it. */
async function locksThatHold({ locks, clock }: Story): Promise<readonly Lock[]> {
  const found = new Map<string, Lock>()
  for await (const lock of locks.values()) {
    if (!holdsAt(lock, clock())) continue
    const key = JSON.stringify([lock.user, lock.lockedAt, lock.idps])
    const before = found.get(key)
    if (before === undefined || lock.people.length > before.people.length) found.set(key, lock)
  }
  return [...found.values()]
}
