/** What of reviews is written down: whose roles they are about is in them, whose they are beside them. */
export interface ReviewRead {
  /** A review, one person, rule or account of it, or the sign-offs. */
  readonly what: 'review' | 'person' | 'rule' | 'account' | 'sign_offs'
  readonly filter: Readonly<Record<string, unknown>>
}

export interface ReviewExported {
  readonly filter: Readonly<Record<string, unknown>>
  readonly format: string
  readonly people: number
}

export interface ReviewSignedOff {
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
