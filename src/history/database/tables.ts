import type { Generated, Kysely } from 'kysely'

/** An event. `line` is the line of the audit file, byte by byte: its hash is what the next one names. */
export interface RecordTable {
  /** In the order in which rows were committed, never given twice. */
  readonly row: Generated<number>
  readonly id: string
  readonly node: string
  readonly seq: number
  /** Epoch milliseconds. */
  readonly at: number
  readonly type: string
  readonly code: string | null
  readonly person: string | null
  readonly role: string | null
  readonly account: string | null
  readonly rule: string | null
  readonly request: string | null
  readonly session: string | null
  readonly address: string | null
  readonly access_key: string | null
  /** Whom it is about, by name, where somebody else did it. */
  readonly whose: string | null
  /** Id of a request for access. */
  readonly access: string | null
  readonly line: string
}

/** Who took which role by which rule. Kept beside the records: counting ten million of them takes minutes. */
export interface UseTable {
  readonly key: string
  readonly protocol: string
  readonly issuer: string
  readonly name_id: string
  readonly person: string
  readonly idp: string
  readonly role: string
  readonly account: string
  readonly rule: string
  readonly first: number
  readonly last: number
  readonly count: number
}

/** Events by hour, for pictures and for how many there are. */
export interface HourTable {
  readonly hour: number
  readonly type: string
  /** Empty where nothing was refused. */
  readonly code: string
  readonly count: number
}

/** How far the chain of a node is in here. */
export interface ChainTable {
  readonly node: string
  readonly seq: number
  readonly hash: string
  /** The file that was read last, and how much of it; empty for a chain that is written in here itself. */
  readonly file: string
  readonly place: number
}

/** Numbers that are missing between two lines of a node's chain. */
export interface GapTable {
  readonly node: string
  readonly first_seq: number
  readonly last_seq: number
}

export interface Tables {
  readonly records: RecordTable
  readonly uses: UseTable
  readonly hours: HourTable
  readonly chains: ChainTable
  readonly gaps: GapTable
  readonly meta: { readonly name: string; readonly value: string }
}

/** An open database, and what of it differs by kind. */
export interface Database {
  readonly kind: 'sqlite' | 'postgres'
  /** For questions. */
  readonly db: Kysely<Tables>
  /** For what is written: however many ask, it need not wait behind them. */
  readonly writer: Kysely<Tables>
  /** Cursors are sealed by it; those of another database are refused. */
  readonly cursorKey: string
  close(): Promise<void>
}
