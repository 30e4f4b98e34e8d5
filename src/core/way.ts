import type { Bounds } from './duration.ts'

/** What a rule needs to know of a way to take a role; the ways themselves are `sts/`'s. `Option` describes a key. */
export interface Way<Option = unknown> {
  /** Keys of `grant:` that this way alone has. */
  readonly options: Readonly<Record<string, Option>>
  /** Those of them that may hold variables: a role ARN, or plain text; lists of such likewise. */
  readonly texts: Readonly<Record<string, 'role' | 'text'>>
  /** The own key whose first role an identity provider must vouch for, instead of the role itself. */
  readonly entrance?: string
  /** What is opened instead of a role: `account` and `name` stand in the place of `role`. */
  readonly opens?: 'federated-user'
  /** Keys of every `grant:` that have no place here. */
  readonly lacks?: readonly ('role' | 'sourceIdentity' | 'transitiveTags')[]
  /** Characters that the session's name may have; else 64. */
  readonly longestName?: number
  /** Why the rule must have `policy` or `policyArns`; else it need not. */
  readonly mustNarrow?: string
  /** Seconds for which AWS hands it out, and what to say of it. */
  readonly bounds: Bounds & { readonly say: string }
  /** What proves the person to STS. */
  readonly needs: 'assertion' | 'web-identity-token' | 'user-keys'
}
