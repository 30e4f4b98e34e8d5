/** What is wrong with a trust policy. */
export interface TrustFault {
  readonly code: 'trust-too-wide' | 'trust-too-narrow' | 'trust-unclear'
  readonly say: string
}

/** Something that differs between the rules and IAM. */
export interface Finding {
  readonly code:
    | 'role-missing'
    | 'role-unreached'
    | 'duration-too-short'
    | 'provider-missing'
    | 'provider-ends'
    | 'provider-other-key'
    | 'provider-old-key'
    | 'provider-unreadable'
    | 'provider-client-missing'
    | Exclude<TrustFault['code'], 'trust-unclear'>
  readonly account: string
  /** ARN of the role or provider. */
  readonly about: string
  readonly say: string
  readonly rules?: readonly string[]
}
