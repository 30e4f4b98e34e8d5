import type { Log } from '../../app.ts'
import type { FilesRead } from '../../config.ts'
import type { Address, Member } from './member.ts'

/** A place for a worker. Whoever has it may change. */
interface Slot {
  readonly number: number
  member: Member | undefined
  /** Another is about to take the place. */
  isChanging: boolean
  /** Ends in a row that came soon, and were not wanted. */
  soon: number
  timer: NodeJS.Timeout | undefined
}

export interface CrewDeps {
  readonly count: number
  readonly launch: (number: number) => Member
  readonly clock: () => number
  readonly log: Log
  /** Nobody serves any more, and nobody will. */
  readonly gaveUp: (why: string) => void
}

export interface Crew {
  serving(): readonly Member[]
  figures(): { readonly serving: number; readonly leaving: number; readonly restarts: number }
  /** Resolves when all serve; rejects with a sentence when one cannot. */
  start(): Promise<Address>
  /** Those that serve from anything else, or are about to, begin anew. */
  renew(files: FilesRead): void
  /** All are replaced, one after the other, while the others serve. Rejects when one could not be; it stays. */
  roll(): Promise<number>
  stop(reason: string): Promise<void>
}

/** Milliseconds that a worker must have lived for its end to be no sign of a fault that lasts. */
const longEnough = 60_000
/** So many ends in a row while nobody serves, and it is given up. */
const mostEnds = 6
const [firstPause, longestPause] = [1000, 30_000]
/**
 * Milliseconds beyond which one that was told to end is ended: it drains for ten seconds, and service managers have patience
 * for twenty; or until its clients went.
 */
const [longestStop, longestLeave] = [13_000, 120_000]

/** The workers of a machine: always as many as are wanted, whatever becomes of each. */
export function createCrew({ count, launch, clock, log, gaveUp }: CrewDeps): Crew {
  const slots = Array.from(
    { length: count },
    (_, index): Slot => ({
      number: index + 1,
      member: undefined,
      isChanging: false,
      soon: 0,
      timer: undefined,
    }),
  )
  const leaving = new Set<Member>()
  const stale = new WeakSet<Member>()
  /** It is to take the place of another. */
  let coming: Member | undefined
  let isEnding = false
  let hasStarted = false
  let restarts = 0

  const members = () => slots.flatMap(({ member }) => member ?? [])
  const serving = () => members().filter(({ isServing }) => isServing)

  function put(slot: Slot, member: Member): void {
    slot.member = member
    void member.gone.then((how) => {
      if (slot.member !== member || isEnding || !hasStarted) return
      slot.member = undefined
      restarts += 1
      log.error('a worker ended', { worker: slot.number, pid: member.pid, how })
      if (!slot.isChanging) replace(slot, stale.has(member) ? longEnough : clock() - member.launchedAt)
    })
    member.serves.then(
      () => hasStarted && log.info('a worker serves', { worker: slot.number, pid: member.pid }),
      (error: Error) => hasStarted && !isEnding && log.error(error.message),
    )
  }

  /** At once for the first time, then later and later. */
  function replace(slot: Slot, lived: number): void {
    slot.soon = lived >= longEnough ? 1 : slot.soon + 1
    // While others serve, people are served: that one place stays empty ends nothing.
    if (slot.soon >= mostEnds && serving().length === 0) {
      gaveUp(`worker ${slot.number} ended ${slot.soon} times soon after its start, and no other serves`)
      return
    }
    const pause = slot.soon === 1 ? 0 : Math.min(longestPause, firstPause * 2 ** (slot.soon - 2))
    slot.timer = setTimeout(() => put(slot, launch(slot.number)), pause)
  }

  /** Another takes the place of whoever has it, and only when it serves the former goes. */
  async function exchange(slot: Slot): Promise<void> {
    if (isEnding) throw new Error('the bridge is ending')
    clearTimeout(slot.timer)
    slot.isChanging = true
    const next = launch(slot.number)
    coming = next
    try {
      await next.serves
    } catch (error) {
      next.kill()
      if (slot.member === undefined && !isEnding) replace(slot, 0)
      throw error
    } finally {
      slot.isChanging = false
      coming = undefined
    }
    const before = slot.member
    put(slot, next)
    if (before) leave(before)
  }

  function leave(member: Member): void {
    leaving.add(member)
    const late = setTimeout(member.kill, longestLeave)
    void member.gone.then(() => {
      clearTimeout(late)
      leaving.delete(member)
    })
    member.ask('leave').catch(() => {})
  }

  return {
    serving,
    figures: () => ({ serving: serving().length, leaving: leaving.size, restarts }),
    async start(): Promise<Address> {
      for (const slot of slots) put(slot, launch(slot.number))
      const [address] = await Promise.all(members().map(({ serves }) => serves))
      hasStarted = true
      // Between its first word and the last of the others one may have gone.
      for (const slot of slots) if (slot.member?.isServing === false) replace(slot, 0)
      return address as Address
    },
    renew(files: FilesRead): void {
      for (const member of members()) {
        if (member.files === files) continue
        stale.add(member)
        member.kill()
      }
    },
    async roll() {
      for (const slot of slots) await exchange(slot)
      return slots.length
    },
    async stop(reason: string): Promise<void> {
      isEnding = true
      for (const { timer } of slots) clearTimeout(timer)
      await Promise.all(
        [...members(), ...leaving, ...(coming ? [coming] : [])].map(async (member) => {
          const late = setTimeout(member.kill, longestStop)
          // One that does not serve yet has nothing to end in order.
          if (member.isServing) member.ask('stop', reason).catch(() => {})
          else member.kill()
          await member.gone
          clearTimeout(late)
        }),
      )
    },
  }
}
