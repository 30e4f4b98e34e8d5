import { Refusal } from '../../core/index.ts'
import type { AuditRecord } from '../../events/index.ts'
import type { History, HistoryFilter } from '../../history/index.ts'
import type { Story } from '../parts.ts'

/** A hand-out as the trail tells it. */
export type Taken = Extract<AuditRecord, { type: 'credentials_issued' | 'console_link_issued' }>

/** What somebody took, the latest first; `whole` when nothing was left out, as far as the bridge can know. */
export interface TakenList {
  readonly taken: readonly Taken[]
  readonly whole: boolean
}

/** Which hand-outs are looked for. */
export interface Sought {
  /** One of these fits: what a database is asked. */
  readonly filters: readonly HistoryFilter[]
  /** Decides, of what was found. */
  readonly fits: (record: Taken) => boolean
  /** Epoch milliseconds. */
  readonly since: number
  readonly limit: number
}

export type Readable = Pick<Story, 'history' | 'trail'>

const type = ['credentials_issued', 'console_link_issued'] as const
/** One question looks through so much of the file. */
const mostBytes = 64 * 1024 * 1024
/** Records of one page, pages of one question. */
const [atOnce, mostPages] = [500, 60]
/** Milliseconds that a question waits for what was written a moment ago. */
export const patience = 1000

/** The hand-outs, from the history where there is one; undefined where the bridge keeps no trail that can be read here. */
export async function handOuts({ history, trail }: Readable, sought: Sought): Promise<TakenList | undefined> {
  try {
    return history ? await inHistory(history, sought) : trail && (await inFile(trail, sought))
  } catch (error) {
    if (!(error instanceof Refusal && error.code === 'history_unavailable') || !trail) throw error
    // Whoever cuts somebody off cannot wait for a database; this node's file may not be all.
    return { ...(await inFile(trail, sought)), whole: false }
  }
}

async function inHistory(history: History, { filters, fits, since, limit }: Sought): Promise<TakenList> {
  let whole = await history.caughtUp(patience)
  const taken: Taken[] = []
  for (const filter of filters) {
    let [cursor, pages, count]: [string | undefined, number, number] = [undefined, 0, 0]
    do {
      const page = await history.search({ ...filter, type, since }, { limit: atOnce, cursor })
      const found = page.records.map(({ record }) => record as Taken).filter(fits)
      taken.push(...found)
      count += found.length
      pages += 1
      cursor = page.next
    } while (cursor !== undefined && count <= limit && pages < mostPages)
    whole &&= cursor === undefined
  }
  const sorted = taken.sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
  return { taken: sorted.slice(0, limit), whole: whole && sorted.length <= limit }
}

async function inFile(
  trail: NonNullable<Readable['trail']>,
  { fits, since, limit }: Sought,
): Promise<TakenList> {
  const found = trail({ type, since, mostBytes })
  const taken: Taken[] = []
  try {
    for (;;) {
      const { done, value } = await found.next()
      if (done) return { taken, whole: value === undefined }
      if (!fits(value as Taken)) continue
      if (taken.length === limit) return { taken, whole: false }
      taken.push(value as Taken)
    }
  } finally {
    await found.return(undefined) // closes the file
  }
}
