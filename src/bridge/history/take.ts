import type { HistoryRecord } from './desk.ts'

/** What is taken, and what is told of it. */
interface Taking {
  /** Undefined: nothing fits. */
  readonly records: AsyncGenerator<HistoryRecord, void, undefined> | undefined
  /** What of it leaves; undefined: nothing. */
  readonly show: (record: HistoryRecord) => HistoryRecord | undefined
  readonly limit: number | undefined
  /** Makes room for another one. */
  readonly free: () => void
  /** Before the first record leaves. Rejects where that cannot be written down. */
  readonly begun: () => Promise<void>
  /** How many left, and whether that was all. */
  readonly ended: (records: number, whole: boolean) => Promise<void>
}

/**
 * Hands out records one by one, so that as many are in memory as the source reads at once. Written down before the
 * first leaves and when the last has, whoever ends it. The source is asked for its first record before: what cannot be
 * read is refused before anybody was promised anything.
 */
export async function takeAll({ records, show, limit, free, begun, ended }: Taking) {
  let count = 0
  let over = false
  const finish = async (whole: boolean) => {
    if (over) return
    over = true
    free()
    await records?.return(undefined).catch(() => {})
    // It was read, whether or not the trail still takes the word for it: that it began is there.
    await ended(count, whole).catch(() => {})
  }
  const pull = async (): Promise<HistoryRecord | undefined> => {
    if (records === undefined) return undefined
    for (;;) {
      const { done, value } = await records.next()
      if (done) return undefined
      const shown = show(value)
      if (shown !== undefined) return shown
    }
  }
  let ahead: HistoryRecord | undefined
  try {
    ahead = await pull()
    await begun()
  } catch (error) {
    over = true
    free()
    await records?.return(undefined).catch(() => {})
    throw error
  }
  const none = { done: true, value: undefined } as const
  const iterator: AsyncIterableIterator<HistoryRecord> = {
    [Symbol.asyncIterator]: () => iterator,
    next: async () => {
      const value = ahead
      if (over) return none
      if (value === undefined || count === limit) {
        await finish(true)
        return none
      }
      count += 1
      try {
        ahead = count === limit ? undefined : await pull()
      } catch (error) {
        await finish(false)
        throw error
      }
      return { done: false, value }
    },
    return: async () => {
      await finish(false)
      return none
    },
  }
  return iterator
}
