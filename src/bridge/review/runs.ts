import { type Clock, Refusal } from '../../core/index.ts'

/** How far a walk is. */
export interface Progress {
  /** Looked at so far, and of how many. */
  readonly people: number
  readonly of: number
}

/** Something that takes a while, and is wanted by several. */
export type Run<T> =
  | { readonly state: 'done'; readonly value: T }
  | ({ readonly state: 'under_way' } & Progress)

/** What is asked for: of which configuration, and what about it. */
export interface Wanted {
  readonly configuration: string
  readonly key: string
}

type Work<T> = (tell: (progress: Progress) => void) => Promise<T>

/** Runs a work or waits for it; `patience` in milliseconds. */
export type Runs<T> = (wanted: Wanted, work: Work<T>, patience: number) => Promise<Run<T>>

interface Entry<T> {
  readonly result: Promise<T>
  readonly configuration: string
  readonly beganAt: number
  progress: Progress
  doneAt: number | undefined
  askedAt: number
}

/** Results that are kept, and how long, milliseconds: a review is read page by page. */
const [mostKept, keptFor] = [6, 5 * 60_000]
/** At once, on this node. */
const mostUnderWay = 2

/**
 * Works that were asked for lately. Whoever asks for what is under way waits for that, and it goes on when nobody waits. It
 * lives as long as the process, so that a reload of the same configuration does not begin anew; one of another ends it.
 */
export function createRuns<T>(clock: Clock): Runs<T> {
  const runs = new Map<string, Entry<T>>()

  function begin(id: string, { configuration }: Wanted, work: Work<T>): Entry<T> {
    for (const [old, entry] of runs) if (entry.configuration !== configuration) runs.delete(old)
    const open = [...runs.values()].filter(({ doneAt }) => doneAt === undefined)
    if (open.length >= mostUnderWay)
      throw new Refusal('too_many_requests', 'other reviews are being made', {
        say: 'Other reviews are being made. Please wait a moment.',
        retryAfter: 5,
      })
    const now = clock()
    const entry: Entry<T> = {
      ...{ configuration, beganAt: now, progress: { people: 0, of: 0 }, doneAt: undefined, askedAt: now },
      // Begun when it stands among the others: it may tell its progress, or fail, at once.
      result: Promise.resolve().then(() =>
        work((progress) => {
          if (runs.get(id) !== entry) throw superseded()
          entry.progress = progress
        }),
      ),
    }
    entry.result.then(
      () => {
        entry.doneAt = clock()
      },
      () => {
        if (runs.get(id) === entry) runs.delete(id)
      },
    )
    runs.set(id, entry)
    for (const [old, { doneAt }] of runs) if (runs.size > mostKept && doneAt !== undefined) runs.delete(old)
    return entry
  }

  return async (wanted, work, patience) => {
    const id = JSON.stringify([wanted.configuration, wanted.key])
    const known = runs.get(id)
    const entry = known === undefined || isOver(known, clock()) ? begin(id, wanted, work) : known
    entry.askedAt = clock()
    // The one that was asked for last goes last.
    if (runs.delete(id)) runs.set(id, entry)
    return settled(entry, patience)
  }
}

/** What took long is kept for longer: else the first half of an answer would be over when the second is made. */
function isOver({ beganAt, doneAt, askedAt }: Entry<unknown>, now: number): boolean {
  if (doneAt === undefined) return false
  return now - askedAt > keptFor || now - doneAt > keptFor + 2 * (doneAt - beganAt)
}

const superseded = () =>
  new Refusal('review_under_way', 'the configuration is another one by now', { retryAfter: 5 })

async function settled<T>(entry: Entry<T>, patience: number): Promise<Run<T>> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), patience)
  })
  try {
    const value = await Promise.race([entry.result.then((result) => ({ result })), late])
    return value === undefined
      ? { state: 'under_way', ...entry.progress }
      : { state: 'done', value: value.result }
  } finally {
    clearTimeout(timer)
  }
}
