import type { Clock, Collection, Random } from '../core/index.ts'
import { reasonOf } from './answer.ts'

/** What a watcher learns: loaded anew, or failed while the last good copy stays in use. */
export interface FreshNews<T> {
  readonly outcome: 'loaded' | 'unchanged' | 'restored' | 'failed'
  /** What is in use now; undefined after a failure. */
  readonly value?: T
  /** Why it failed. */
  readonly detail?: string
  /** It was the copy in the store that failed. */
  readonly ofStore?: true
}

/** How one document of others is had, read and trusted. */
export interface Upkeep<C, T> {
  /** Its name in `copies`. */
  readonly name: string
  readonly clock: Clock
  readonly random: Random
  /** Last good copies across restarts; undefined where the source itself is as near as they are. */
  readonly copies: Collection<C> | undefined
  /** Until when a copy is kept; undefined: until the next one. */
  readonly ends?: (copy: C) => number
  /** Milliseconds between two looks while all is well. */
  readonly pause: number
  /** Gets it, or learns that the last copy is what there still is. Rejects with the reason. */
  readonly download: (last: C | undefined) => Promise<C | 'unchanged'>
  /** Was a copy of the store had where it is had now? What was configured before is no news. */
  readonly isOurs: (copy: C) => boolean
  /** What a copy says. Throws when it says nothing that may be used here. */
  readonly read: (copy: C) => T | Promise<T>
  readonly same: (one: C, other: C) => boolean
  /** Is what was read still to be trusted, when no newer one can be had? */
  readonly holds: (value: T, copy: C) => boolean
  readonly tell: (news: FreshNews<T>) => void
}

/** A document of others that stays fresh: what is in use is the last good one. */
export interface Fresh<T> {
  /** What is in use now; undefined until the first load succeeded, and when it may not be trusted any more. */
  current(): T | undefined
  /** Milliseconds since it was loaded; without end when it never was. */
  age(): number
  /** Why the last look yielded nothing; empty when it did. */
  fault(): string
  /** Loads once; true when something is in use afterwards. Never rejects. */
  refresh(): Promise<boolean>
  /**
   * Loads because somebody needs it now: nothing is loaded, or it lacks what is looked for. At most once a minute, however
   * many ask and however often it changes; those who ask meanwhile wait for the same look. Never rejects.
   */
  lookAgain(): Promise<void>
  /** Keeps refreshing in the background, sooner with growing pauses after a failure, a minute apart at most while nothing is loaded. */
  start(): void
  stop(): void
}

const minute = 60_000

/** Keeps a document of others fresh. */
export function keepFresh<C extends { readonly fetchedAt: number }, T>(upkeep: Upkeep<C, T>): Fresh<T> {
  const { name, clock, copies, tell } = upkeep
  let inUse: { readonly copy: C; readonly value: T } | undefined
  let timer: NodeJS.Timeout | undefined
  let failures = 0
  let fault = 'it was not asked yet'
  let stopped = false
  let running: Promise<boolean> | undefined
  let lookedAt = Number.NEGATIVE_INFINITY
  const current = () => (inUse && upkeep.holds(inUse.value, inUse.copy) ? inUse.value : undefined)

  const load = async (): Promise<void> => {
    const last = inUse
    const next = await upkeep.download(last?.copy)
    if (next === 'unchanged') return tell({ outcome: 'unchanged' })
    const same = last !== undefined && upkeep.same(last.copy, next)
    const value = same ? last.value : await upkeep.read(next)
    inUse = { copy: next, value }
    tell({ outcome: same ? 'unchanged' : 'loaded', value })
    await copies?.put(name, next, upkeep.ends?.(next))
  }

  const restore = async (): Promise<void> => {
    const copy = current() === undefined ? await copies?.get(name) : undefined
    if (copy === undefined || !upkeep.isOurs(copy)) return
    const value = await upkeep.read(copy)
    if (!upkeep.holds(value, copy)) return
    inUse = { copy, value }
    tell({ outcome: 'restored', value })
  }

  const attempt = async (): Promise<boolean> => {
    try {
      await load()
      failures = 0
      fault = ''
    } catch (error) {
      failures += 1
      fault = reasonOf(error)
      tell({ outcome: 'failed', detail: fault })
      await restore().catch((cause: unknown) =>
        tell({ outcome: 'failed', detail: reasonOf(cause), ofStore: true }),
      )
    }
    return current() !== undefined
  }

  const refresh = (): Promise<boolean> => {
    running ??= attempt().finally(() => {
      running = undefined
    })
    return running
  }

  const lookAgain = async (): Promise<void> => {
    const now = clock()
    // A clock that was set back must not put the next look off.
    if (running === undefined && now - lookedAt < minute && now >= lookedAt) return
    if (running === undefined) lookedAt = now
    await refresh()
  }

  const schedule = (): void => {
    if (stopped) return
    const longest = current() === undefined ? minute : upkeep.pause
    const pause = failures === 0 ? longest : Math.min(longest, 5_000 * 2 ** Math.min(failures - 1, 12))
    // Up to a fifth later, so that nodes do not ask in step.
    timer = setTimeout(
      () => void refresh().finally(schedule),
      pause * (1 + upkeep.random(1).readUInt8() / 1280),
    )
    timer.unref()
  }

  return {
    current,
    // A clock that was set back makes what was loaded "later" as old as can be.
    age: () => (inUse === undefined ? Number.POSITIVE_INFINITY : Math.abs(clock() - inUse.copy.fetchedAt)),
    fault: () => fault,
    refresh,
    lookAgain,
    start: schedule,
    stop: () => {
      stopped = true
      clearTimeout(timer)
    },
  }
}
