import type { Found, History, HistoryFilter, Use } from '../../history/index.ts'
import type { HistoryPage, HistoryRecord, PageWish } from './desk.ts'
import type { Source } from './source.ts'

/** Records of one question to the database. */
const atOnce = 500
/** Milliseconds that a question waits for what was written a moment ago. */
const patience = 1000
/** Uses that a picture can show. */
const mostUses = 1000

/** The history in a database. */
export function byDatabase(history: History): Source {
  return {
    search: async (filter, wish) => {
      await history.caughtUp(patience)
      return wish.newer === undefined
        ? older(history, filter, wish)
        : newer(history, filter, wish.newer, wish)
    },
    after: async (filter, { limit, cursor }) => {
      await history.caughtUp(patience)
      const { records, next } = await history.after(cursor, Math.min(limit, atOnce), filter)
      return { records: records.map(recordOf), next }
    },
    async *stream(filter) {
      await history.caughtUp(patience)
      for await (const found of history.stream(filter, 'newest')) yield recordOf(found)
    },
    around: async ({ id }) => (await history.neighbours(id)).map(recordOf),
    perHour: (filter) => history.perHour(filter),
    uses: ({ user, person, role, account, rule, since }) =>
      some(history.uses(defined({ user, person, role, account, rule, since })), mostUses),
    standing: async () => ({ from: 'database', lag: await history.lag() }),
  }
}

const recordOf = ({ record, node }: Found): HistoryRecord => ({ ...record, node })

/** A page and those behind it, for there are fewer in one question than somebody may want at once. */
async function older(
  history: History,
  filter: HistoryFilter,
  { limit, before }: PageWish,
): Promise<HistoryPage> {
  // Asked first: what comes in meanwhile is told twice rather than never.
  const follow = before === undefined ? await newestPlace(history) : undefined
  const found: Found[] = []
  let cursor = before
  let page: Awaited<ReturnType<History['search']>>
  do {
    const left = Math.min(limit - found.length, atOnce)
    page = await history.search(filter, { limit: left, ...(cursor !== undefined && { cursor }) })
    found.push(...page.records)
    cursor = page.next
  } while (cursor !== undefined && found.length < limit && page.searchedBackTo === undefined)
  const first = found[0]?.cursor ?? before
  return {
    records: found.map(recordOf),
    ...(cursor !== undefined && { older: cursor }),
    ...(before !== undefined && first !== undefined && { newer: first }),
    ...(page.searchedBackTo !== undefined && { searchedBackTo: page.searchedBackTo }),
    ...(follow !== undefined && { follow }),
  }
}

async function newestPlace(history: History): Promise<string | undefined> {
  return (await history.search({}, { limit: 1 })).records[0]?.cursor
}

/** The nearest that are newer than a place. */
async function newer(
  history: History,
  filter: HistoryFilter,
  cursor: string,
  { limit }: PageWish,
): Promise<HistoryPage> {
  const { records, next } = await history.search(filter, {
    limit: Math.min(limit, atOnce),
    cursor,
    order: 'oldest',
  })
  // Nobody knows how many are newest: the first page is another question then.
  if (next === undefined) return older(history, filter, { limit })
  const found = records.toReversed()
  return {
    records: found.map(recordOf),
    older: found.at(-1)?.cursor ?? cursor,
    newer: found[0]?.cursor ?? next,
  }
}

async function some(all: AsyncIterable<Use>, most: number): Promise<readonly Use[]> {
  const found: Use[] = []
  for await (const one of all) {
    found.push(one)
    if (found.length === most) break
  }
  return found
}

/** Without what is undefined: no filter is something else than one that nothing fits. */
function defined<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}
