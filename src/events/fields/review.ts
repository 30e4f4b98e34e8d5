import type { Person } from './person.ts'

/** What of reviews is written down: whose roles they are about is in them, whose they are beside them. */
interface ReviewRead {
  /** A review, one person, rule or account of it, or the sign-offs. */
  readonly what: 'review' | 'person' | 'rule' | 'account' | 'sign_offs'
  readonly filter: Readonly<Record<string, unknown>>
}

interface ReviewExported {
  readonly filter: Readonly<Record<string, unknown>>
  readonly format: string
  readonly people: number
}

interface ReviewSignedOff {
  readonly about: 'person' | 'rule' | 'account'
  readonly person?: string
  readonly personIdp?: string
  readonly rule?: string
  readonly accountId?: string
  readonly decision: 'kept' | 'to_be_removed'
  readonly note: string
  /** Of what was shown: so many roles of so many people, over so many days. */
  readonly digest: string
  readonly grants: number
  readonly people: number
  readonly days: number
}

/** Who may what: looked at, taken away, signed. */
export interface ReviewFields {
  /** Somebody looked at who may what, took it away as a file, or said what shall become of it; that changes nothing. */
  review_read: Person & ReviewRead
  review_exported: Person & ReviewExported
  review_signed_off: Person & ReviewSignedOff
}
