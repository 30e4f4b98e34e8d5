import type { Perimeter } from './aws/denials.ts'

/** One role that a person may take now, and the terms under which they take it. */
export interface Entitlement {
  /** Stable name of the entitlement: the role ARN. */
  readonly id: string
  readonly roleArn: string
  readonly account: AccountInfo
  readonly roleName: string
  /** The rule that decided the terms. */
  readonly rule: string
  /** How the role is taken at STS: a key of the registry in `sts/`. */
  readonly via: string
  /** What `via` has of its own, variables filled in. */
  readonly own: Readonly<Record<string, unknown>>
  /** IAM SAML provider to present to STS; empty where no assertion is. */
  readonly providerArn: string
  /** Seconds: what is asked for when nobody says otherwise, and the most anybody may ask for. */
  readonly duration: number
  readonly maxDuration: number
  readonly roleSessionName: string
  readonly sourceIdentity?: string
  readonly tags: Readonly<Record<string, string>>
  readonly transitiveTags: readonly string[]
  readonly policyArns: readonly string[]
  /** Session policy, a JSON document. */
  readonly policy?: string
  /** The credentials shall work only from the address they were handed to. */
  readonly pinToSourceIp: boolean
  /** The credentials shall work only from within, wherever they were handed to. */
  readonly pinTo?: Perimeter
  /** The rule’s window ends here, and AWS shall do nothing beyond it; epoch milliseconds. */
  readonly windowEnds?: number
  /** Others allowed it: the request that opens it, which ends at `windowEnds` at the latest. */
  readonly request?: { readonly id: string; readonly breakGlass?: true }
  /** Whoever asks for it now gets it read-only: they are an agent, and the rule says so. */
  readonly readOnly?: true
}

export interface AccountInfo {
  /** Twelve digits. */
  readonly id: string
  readonly name: string
  readonly color?: string
  readonly region: string
  /** What rules choose accounts by; absent without any. */
  readonly tags?: Readonly<Record<string, string>>
}

/** What a person may narrow when they take a role. */
export interface Wish {
  /** Seconds. */
  readonly duration?: number
  /** A session policy (JSON) that narrows further. */
  readonly policy?: string
  /** Nothing beyond AWS's ReadOnlyAccess. */
  readonly readOnly?: boolean
  /** What for, in one line: for the audit trail, and for CloudTrail where AWS has a place for it. */
  readonly purpose?: string
}

/** Longest purpose: what AWS takes as the description of a scoped session. */
export const longestPurpose = 256

/** One line of text that can be shown: no controls, no marks that turn the direction of writing. */
export function isPurpose(text: string): boolean {
  return text.length <= longestPurpose && text.trim() !== '' && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text)
}

/** Roles that are taken on the way to this one, the first first; none for most. */
export function rolesOnTheWay({ own }: Pick<Entitlement, 'own'>): readonly string[] {
  return Array.isArray(own.through) ? own.through.map(String) : []
}
