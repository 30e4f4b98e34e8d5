import type { RequestContext, Session } from '../../core/index.ts'
import type { AuditRecord } from '../../events/index.ts'
import type { HistoryFilter, HourCount, Lag, Use } from '../../history/index.ts'

/** What somebody looks for in the history; who they are adds to it what they may see. */
export type HistoryQuestion = Omit<HistoryFilter, 'person' | 'about' | 'or'> & {
  /** One's own records only, also of somebody who may see everybody's. */
  readonly mine?: true
}

/** A record, and which bridge wrote it where there is more than one. */
export type HistoryRecord = AuditRecord & { readonly node?: string }

export interface HistoryPage {
  readonly records: readonly HistoryRecord[]
  /** Cursors of the pages beside it; undefined where there is none. */
  readonly older?: string
  readonly newer?: string
  /** The search was bounded: not everything that fits before this time is here. Epoch milliseconds. */
  readonly searchedBackTo?: number
  /** With the first page: the cursor for whoever wants what comes from now on. */
  readonly follow?: string
}

export interface PageWish {
  readonly limit: number
  /** Older than this place. */
  readonly before?: string | undefined
  /** Newer than this place: the nearest ones, still with the newest first. */
  readonly newer?: string | undefined
}

/** What a follower gets: what came in since, and where to go on. */
export interface HistoryNews {
  readonly records: readonly HistoryRecord[]
  readonly next: string
}

export interface HourCounts {
  readonly hours: readonly HourCount[]
  /** Not everything before this time is counted, epoch milliseconds. */
  readonly searchedBackTo?: number
}

/** Where records come from, and how far that is behind what was written. */
export type Standing =
  | { readonly from: 'database'; readonly lag: Lag }
  | { readonly from: 'file' }
  | { readonly from: 'nowhere' }

/**
 * Who may ask the history what. People read their own records, those with an office everybody's; whoever reads or takes
 * away records of others is written down before they get them. Throws `Refusal`.
 */
export interface HistoryDesk {
  /** May this session see records of others? */
  seesAll(session: Session): boolean
  /** A page, the newest record first. */
  search(
    session: Session,
    question: HistoryQuestion,
    wish: PageWish,
    context: RequestContext,
  ): Promise<HistoryPage>
  /** What came in after a cursor, in the order of arrival; everything from the beginning without one. */
  after(
    session: Session,
    question: HistoryQuestion,
    wish: { readonly limit: number; readonly cursor: string | undefined },
    context: RequestContext,
  ): Promise<HistoryNews>
  /** All that fits, the newest first, read as it is taken. Whoever takes no more says so by `return`. */
  take(
    session: Session,
    question: HistoryQuestion,
    wish: { readonly format: string; readonly limit?: number | undefined },
    context: RequestContext,
  ): Promise<AsyncIterableIterator<HistoryRecord>>
  /** One record, and what happened around it in the same session, in order of time. */
  record(
    session: Session,
    id: string,
    context: RequestContext,
  ): Promise<{ readonly record: HistoryRecord; readonly around: readonly HistoryRecord[] }>
  /** How often things happened, hour by hour, for a search that was asked; undefined where only a file is. */
  perHour(session: Session, question: HistoryQuestion): Promise<HourCounts | undefined>
  /** Who took which role and when last, for a search that was asked; undefined where only a file is. */
  uses(session: Session, question: HistoryQuestion): Promise<readonly Use[] | undefined>
  standing(): Promise<Standing>
}
