import { type Clock, Refusal } from '../core/index.ts'
import type { OpenList, RequestRecords } from './records.ts'
import { keptFor } from './request.ts'

/** Open requests of everybody: more are refused. */
const mostOfAll = 1000

/** The list of what is open: it may name more than there is, and never less. */
export function openList({ open }: RequestRecords, clock: Clock) {
  const name = 'all'
  const change = (next: (entries: OpenList['entries']) => OpenList['entries']) =>
    open.upsert(
      name,
      (list) => ({ entries: next(list?.entries ?? []) }),
      () => clock() + keptFor,
    )
  return {
    entries: async () => (await open.get(name))?.entries ?? [],
    add: (entry: OpenList['entries'][number]) =>
      change((entries) => {
        if (entries.length < mostOfAll) return [...entries, entry]
        throw new Refusal('too_many_requests', `${mostOfAll} requests are open`, {
          say: 'Too many requests are open. Please try again later.',
        })
      }),
    remove: (ids: readonly string[]) => change((entries) => entries.filter(({ id }) => !ids.includes(id))),
  }
}
