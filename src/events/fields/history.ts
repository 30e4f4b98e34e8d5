import type { Person } from './person.ts'

/** What was looked for in the audit trail, by the names of its filters. */
interface Looking {
  readonly filter: Readonly<Record<string, string | number | boolean | readonly string[]>>
}

/** Looks at the trail. */
export interface HistoryFields {
  /** Somebody with an office saw records of others: so many at the first look; once an hour for each filter and session. */
  audit_read: Person & Looking & { readonly records: number }
  /** Somebody takes records away. `ended`: how many left, and whether that was all that fitted. */
  audit_exported: Person &
    Looking & {
      readonly format: string
      readonly stage: 'begun' | 'ended'
      readonly records?: number
      readonly whole?: boolean
    }
}
