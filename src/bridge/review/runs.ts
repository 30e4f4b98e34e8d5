import { Refusal } from '../../core/index.ts'

/** Something that takes a while, and is wanted by several. */
export type Run<T> =
  | { readonly state: 'done'; readonly value: T }
  | { readonly state: 'under_way'; readonly people: number }

interface Entry<T> {
  readonly result: Promise<T>
  people: number
  doneAt: number | undefined
}

/** Results that are kept, and how long, milliseconds: a review is read page by page. */
const [mostKept, keptFor] = [4, 5 * 60_000]
/** At once, on this node. */
const mostUnderWay = 2

/**
 * Works that were asked for lately, by their question: whoever asks for what is under way waits for that, and a few results
 * are kept for a while.
 */
export function createRuns<T>(
  clock: () => number,
  work: (key: string, tell: (people: number) => void) => Promise<T>,
) {
  const runs = new Map<string, Entry<T>>()

  function begin(key: string): Entry<T> {
    const open = [...runs.values()].filter(({ doneAt }) => doneAt === undefined)
    if (open.length >= mostUnderWay)
      throw new Refusal('too_many_requests', 'other reviews are being made', {
        say: 'Other reviews are being made. Please wait a moment.',
        retryAfter: 5,
      })
    const entry: Entry<T> = {
      people: 0,
      doneAt: undefined,
      result: work(key, (people) => {
        entry.people = people
      }),
    }
    entry.result.then(
      () => {
        entry.doneAt = clock()
      },
      () => void runs.delete(key),
    )
    runs.set(key, entry)
    for (const [old, { doneAt }] of runs) if (runs.size > mostKept && doneAt !== undefined) runs.delete(old)
    return entry
  }

  /** The result, or how far it is after so many milliseconds. */
  return async (key: string, patience: number): Promise<Run<T>> => {
    const known = runs.get(key)
    const isOld = known?.doneAt !== undefined && clock() - known.doneAt > keptFor
    if (isOld) runs.delete(key)
    const entry = known === undefined || isOld ? begin(key) : known
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), patience)
    })
    try {
      const value = await Promise.race([entry.result.then((result) => ({ result })), late])
      return value === undefined
        ? { state: 'under_way', people: entry.people }
        : { state: 'done', value: value.result }
    } finally {
      clearTimeout(timer)
    }
  }
}
