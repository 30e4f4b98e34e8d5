import type { HistoryFilter, Use } from '../../history/index.ts'
import type { HistoryNews, HistoryPage, HistoryRecord, HourCounts, PageWish, Standing } from './desk.ts'

/** Where the records are. It answers whatever is asked; who may ask is the desk's matter. */
export interface Source {
  search(filter: HistoryFilter, wish: PageWish): Promise<HistoryPage>
  after(
    filter: HistoryFilter,
    wish: { readonly limit: number; readonly cursor: string | undefined },
  ): Promise<HistoryNews>
  stream(filter: HistoryFilter): AsyncGenerator<HistoryRecord, void, undefined>
  /** Of the same session as this record, in order of time. */
  around(record: HistoryRecord): Promise<readonly HistoryRecord[]>
  perHour(filter: HistoryFilter): Promise<HourCounts | undefined>
  uses(filter: HistoryFilter): Promise<readonly Use[] | undefined>
  standing(): Promise<Standing>
}
