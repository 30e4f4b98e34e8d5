import type { Identity } from '../core/index.ts'
import type { AuditRecord, EventType } from '../events/index.ts'

/**
 * What is looked for; everything that is named must hold. Texts are compared whole and exactly, but for `text`. Anything
 * that is no such filter is refused (`invalid_request`).
 */
export interface HistoryFilter {
  /** The name under which events know a person. Two identity providers may each have one of that name. */
  readonly user?: string
  readonly nameId?: string
  readonly idp?: string
  readonly protocol?: string
  readonly issuer?: string
  /** One person exactly: that name at that issuer by that protocol. */
  readonly person?: Pick<Identity, 'user' | 'protocol' | 'issuer' | 'provider'>
  /** What somebody did about another: their name, and with `ref` (`personRef` in events) that very person. */
  readonly about?: { readonly user: string; readonly ref?: string }
  /** Id of a request for access: its own events, and what was handed out by it. */
  readonly access?: string
  /** ARN. */
  readonly role?: string
  readonly account?: string
  readonly rule?: string
  readonly type?: EventType | readonly EventType[]
  /** `refused`: what has a code. */
  readonly outcome?: 'ok' | 'refused'
  /** Of a refusal. */
  readonly code?: string
  readonly requestId?: string
  /** A session's name in events, `sessionId` there. */
  readonly session?: string
  /** Source address. */
  readonly address?: string
  readonly accessKeyId?: string
  /** Of an event. */
  readonly id?: string
  /** Name of a bridge's node. */
  readonly node?: string
  /** Epoch milliseconds, inclusive. */
  readonly since?: number
  /** Epoch milliseconds, exclusive. */
  readonly until?: number
  /** Anywhere in the record as it is written, small and capital letters (of ASCII) alike. */
  readonly text?: string
  /** What fits this is found as well. */
  readonly or?: Omit<HistoryFilter, 'or'>
}

/** A record, and where it stands in the history. */
export interface Found {
  readonly record: AuditRecord
  /** Which bridge wrote it. */
  readonly node: string
  /** With `after`: what came into the history later than this. As the cursor of a page: what is beyond it in time. */
  readonly cursor: string
}

export interface Page {
  readonly records: readonly Found[]
  /** For the next page; undefined where there is none. */
  readonly next?: string
  /**
   * The question was wide and looked through as much as one may: not everything that fits before this time (epoch
   * milliseconds) is here. `next` goes on from there.
   */
  readonly searchedBackTo?: number
}

export interface PageOptions {
  /** 1 to 500. */
  readonly limit: number
  readonly cursor?: string | undefined
  /** By time; default `newest` first. */
  readonly order?: 'newest' | 'oldest'
}

/** A person, a role and the rule that led there. */
export interface Use {
  readonly user: string
  readonly idp: string
  /** Empty where a record of an older version did not say. */
  readonly protocol: string
  readonly issuer: string
  readonly nameId: string
  readonly role: string
  readonly account: string
  readonly rule: string
  /** Epoch milliseconds. */
  readonly first: number
  readonly last: number
  /** Hand-outs, links to the console among them, since the history begins. */
  readonly count: number
}

export type UseFilter = Pick<HistoryFilter, 'user' | 'nameId' | 'person' | 'role' | 'account' | 'rule'> & {
  /** Last used at this time or later, epoch milliseconds. */
  readonly since?: number
}

/** When something was last handed out, to whomever. */
export interface LastUse {
  /** An ARN, or the id of a rule. */
  readonly name: string
  readonly first: number
  readonly last: number
  readonly count: number
  /** How many different people. */
  readonly people: number
}

/** How many events of a type, and with which refusal, an hour had. */
export interface HourCount {
  /** Start of the hour, epoch milliseconds. */
  readonly at: number
  readonly type: EventType
  readonly code?: string
  readonly count: number
}

/** What the history is missing of a node's chain, both ends included. */
export interface Gap {
  readonly node: string
  readonly from: number
  readonly to: number
}

export interface HistoryState {
  readonly kind: 'sqlite' | 'postgres'
  /** This node's name. */
  readonly node: string
  readonly records: number
  /** Epoch milliseconds; undefined while it holds nothing. */
  readonly oldest?: number
  readonly newest?: number
  /** Numbers that are missing, the newest first, a hundred at most. `rolebridge audit rebuild` fills them. */
  readonly gaps: readonly Gap[]
  /** The last number of each node's chain that is in here. */
  readonly nodes: readonly { readonly node: string; readonly seq: number }[]
  readonly lag: Lag
}

/** How far the history is behind the audit file of this node. */
export interface Lag {
  /** Of the audit file, not read yet; the size of a file that was put in its place is not among them. */
  readonly bytes: number
  /** Why nothing is taken in at the moment, and since when, epoch milliseconds. */
  readonly failure?: { readonly reason: string; readonly since: number }
}

/**
 * What happened, searchable: a projection of the audit trail that can be thrown away and built again. Every question may be
 * refused with `history_unavailable` (the database does not answer) or `invalid_request`, and looks at a bounded number
 * of records.
 */
export interface History {
  search(filter: HistoryFilter, options: PageOptions): Promise<Page>
  /**
   * What came into the history after a cursor, in the order in which it came; from its beginning without one. Each record
   * at least once and those of a node in their order; records that a rebuild brought back come when it did. `next` is
   * always there, also when nothing is new. `searchedBackTo` never is; fewer records than `limit` do not mean that no more are there: ask until `next` stays the same.
   */
  after(
    cursor: string | undefined,
    limit: number,
    filter?: HistoryFilter,
  ): Promise<Page & { readonly next: string }>
  /** Everything that fits and was there at the beginning, page by page; the oldest first. */
  stream(filter: HistoryFilter, order?: 'newest' | 'oldest'): AsyncGenerator<Found, void, undefined>
  /** What happened in the same session around an event, else in the same request, in order of time; a hundred at most. */
  neighbours(eventId: string): Promise<readonly Found[]>
  /** Who took which role by which rule, and when last; in no promised order. */
  uses(filter?: UseFilter): AsyncGenerator<Use, void, undefined>
  /** When each role, or what each rule leads to, was last handed out; the latest first, 50,000 at most. */
  lastUse(by: 'role' | 'rule'): Promise<readonly LastUse[]>
  /** Events by hour. Of a narrow question at most the newest 50,000 records are counted: `searchedBackTo` says how far. */
  perHour(
    filter: HistoryFilter,
  ): Promise<{ readonly hours: readonly HourCount[]; readonly searchedBackTo?: number }>
  state(): Promise<HistoryState>
  lag(): Promise<Lag>
  /**
   * Resolves with true when what was written to the audit file so far is in here, and with false after `atMost` milliseconds,
   * or when it cannot be taken in. Never rejects.
   */
  caughtUp(atMost: number): Promise<boolean>
  /** Rejects (`history_unavailable`) while the database does not answer. */
  ready(): Promise<void>
  close(): Promise<void>
}
