import type { Clock, OpenedRole, Party, Random } from '../core/index.ts'
import { Refusal } from '../core/index.ts'
import { draftOf, isDone, isSame, newId, openedBy, prune, type Times } from './drafts.ts'
import { openList } from './open-list.ts'
import type { RequestRecords } from './records.ts'
import { type AccessRequest, type Draft, hasEnded, isUnderWay, keptFor, lease } from './request.ts'
import {
  beginApproval,
  beginStart,
  type Closing,
  close,
  finishApproval,
  finishStart,
  runOut,
} from './steps.ts'
import { createTurns, type Tell, type TellLate, unknown } from './turns.ts'

/** Open requests of one person: more are refused. */
const mostOfPerson = 10

/** What is told of a step that took access away. */
type EventOf = (request: AccessRequest) => Readonly<Record<string, unknown>>

/** Requests of all people, each step once on all nodes. */
export interface Ledgers {
  /** Those of one person (`lastingKey`), newest first. */
  of(key: string): Promise<readonly AccessRequest[]>
  /** The same, with the roles that they open to their person now. */
  access(
    key: string,
  ): Promise<{ readonly opened: readonly OpenedRole[]; readonly all: readonly AccessRequest[] }>
  find(id: string): Promise<AccessRequest | undefined>
  /** Those of which something can still come, oldest first. */
  open(): Promise<readonly AccessRequest[]>
  /** A new request; or the one that this person has open for the same role. */
  ask(
    draft: Draft,
    times: Times,
    tell: Tell,
  ): Promise<{ readonly request: AccessRequest; readonly joined: boolean }>
  approve(
    id: string,
    by: Party,
    terms: { readonly needed: number; readonly activateWithin: number },
    tell: Tell,
  ): Promise<AccessRequest>
  start(
    id: string,
    terms: { readonly needed: number; readonly openFor: number },
    tell: Tell,
  ): Promise<AccessRequest>
  /** Takes access away at once; `tell` comes after that, and again by `sweep` when it fails. */
  close(
    id: string,
    how: Closing,
    by: { readonly party: Party; readonly because?: string | undefined },
    eventOf: EventOf,
    tell: TellLate,
  ): Promise<AccessRequest>
  /** Notices what has run out, and tells what was not told; of several nodes one does. */
  sweep(eventOf: EventOf, tell: TellLate): Promise<void>
}

/**
 * Who asks, allows and starts is written down first, and the step counts once that is done: it is noted with a mark, told,
 * and the mark taken away. A node that dies in between leaves a mark that opens nothing and lapses. What takes access away
 * counts at once, and carries with it what has still to be told.
 */
export function createLedgers(
  records: RequestRecords,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Ledgers {
  const { ledgers, places } = records
  const list = openList(records, clock)
  const newMark = () => random(12).toString('base64url')
  const keyOf = async (id: string) => (await places.get(id))?.key
  const { step, existing, twoSteps, tellLate } = createTurns(records, { clock, newMark })

  const read = async (key: string) =>
    ((await ledgers.get(key))?.requests ?? []).filter(({ asking }) => asking === undefined)

  const find = async (id: string) => {
    const key = await keyOf(id)
    return key === undefined ? undefined : (await read(key)).find((one) => one.id === id)
  }

  return {
    of: async (key) => (await read(key)).toReversed(),
    access: async (key) => {
      const all = await read(key)
      return { all, opened: all.flatMap((one) => openedBy(one, clock())) }
    },
    find,
    open: async () => {
      const now = clock()
      const all = await Promise.all((await list.entries()).map(({ id }) => find(id)))
      return all.filter((one) => one !== undefined).filter((one) => !hasEnded(one, now))
    },
    async ask(draft, times, tell) {
      const now = clock()
      const mark = newMark()
      const request = draftOf(draft, times, newId(random), { mark, at: now })
      await places.put(request.id, { key: draft.who.key }, now + keptFor)
      await list.add({ id: request.id, key: draft.who.key, at: now })
      const joined = await enter(request, now).catch(async (error: unknown) => {
        await list.remove([request.id])
        throw error
      })
      if (joined !== undefined) {
        await list.remove([request.id])
        return { request: joined, joined: true }
      }
      try {
        await tell(request)
      } catch (error) {
        await forget(request).catch(() => {})
        throw error
      }
      const { asking: _, ...told } = request
      const done = await step(request.id, (one) => (one.asking?.mark === mark ? told : undefined))
      if (done === undefined) throw unknown(request.id)
      return { request: done, joined: false }
    },
    approve: (id, by, { needed, activateWithin }, tell) =>
      twoSteps(
        id,
        (request, mark) => beginApproval(request, by, needed, { mark, at: clock() }),
        tell,
        (request, mark) => finishApproval(request, mark, activateWithin, clock()),
      ),
    start: (id, { needed, openFor }, tell) =>
      twoSteps(
        id,
        (request, mark) => beginStart(request, needed, openFor, { mark, at: clock() }),
        tell,
        (request, mark) => finishStart(request, mark, clock()),
      ),
    async close(id, how, { party, because }, eventOf, tell) {
      const mark = newMark()
      const closed = await existing(id, (request) =>
        close(request, how, party, because, { mark, at: clock(), event: eventOf(request) }),
      )
      if (closed.untold) await tellLate(id, closed.untold, tell)
      await list.remove([id])
      return closed
    },
    async sweep(eventOf, tell) {
      const now = clock()
      const over: string[] = []
      for (const { id, at } of await list.entries()) {
        await notice(id, now, eventOf, tell).catch(() => {})
        const found = await find(id)
        if (found === undefined ? at + 2 * lease < now : isDone(found, now)) over.push(id)
      }
      if (over.length > 0) await list.remove(over)
    },
  }

  /** Puts a request among its person's; or returns the one that they have open for the same. */
  async function enter(request: AccessRequest, now: number): Promise<AccessRequest | undefined> {
    let joined: AccessRequest | undefined
    await ledgers.upsert(
      request.who.key,
      (ledger) => {
        const kept = prune(ledger?.requests ?? [], now)
        const live = kept.filter((one) => !hasEnded(one, now))
        joined = live.find((one) => isSame(one, request))
        if (joined !== undefined) return { requests: kept }
        if (live.length >= mostOfPerson) throw tooMany()
        return { requests: [...kept, request] }
      },
      () => now + keptFor,
    )
    return joined
  }

  async function notice(id: string, now: number, eventOf: EventOf, tell: TellLate) {
    const mark = newMark()
    const mine = await step(id, (request) => {
      if (request.asking !== undefined) return undefined
      // Whoever had to tell it died, or could not.
      if (request.untold && !isUnderWay(request.untold, now))
        return { ...request, untold: { ...request.untold, mark, at: now } }
      return runOut(request, { mark, at: now, event: eventOf(request) })
    })
    if (mine?.untold) await tellLate(id, mine.untold, tell)
  }

  async function forget({ id, who }: AccessRequest) {
    await ledgers.update(who.key, ({ requests }) => ({ requests: requests.filter((one) => one.id !== id) }))
    await list.remove([id])
  }
}

const tooMany = () =>
  new Refusal('too_many_requests', `${mostOfPerson} requests are open`, {
    say: `You have ${mostOfPerson} open requests. Withdraw one, or wait until one is decided.`,
  })
