import type { z } from 'zod'
import type { Bounds, Credentials, Entitlement, UserKeys } from '../core/index.ts'
import type { StsClient } from './client.ts'

/** One session of one role that an assertion can speak for. */
export type Target = Pick<
  Entitlement,
  'roleArn' | 'providerArn' | 'roleSessionName' | 'tags' | 'transitiveTags' | 'sourceIdentity'
> & {
  /** Seconds. */
  readonly duration: number
}

/** What proves to STS who the person is. */
export interface Evidence {
  /**
   * The SAML response for AWS about one role, base64: a secret. Throws `Refusal` (reauthentication_required) when
   * there is none any more.
   */
  readonly assertion: (target: Target) => string
  /** A workload's own token: a secret. Throws `Refusal` when there is none, or it has ended. */
  readonly webIdentity: () => string
  /** Long-term keys of the IAM user who stands for people in this account, where the configuration names one. */
  readonly userKeys?: ((accountId: string) => UserKeys | undefined) | undefined
  /** The bridge itself signs it, for this very call; else the identity provider did, at the sign-in. */
  readonly signedHere: boolean
  /** Recipient of the assertion, which trust policies call `SAML:aud`; only for advice in refusals. */
  readonly recipient?: string | undefined
}

/** What is asked of STS for one person and one role. */
export interface GrantAsk {
  readonly entitlement: Entitlement
  /** Seconds. */
  readonly duration: number
  readonly evidence: Evidence
  /** A session policy (JSON) by which the person narrows what the entitlement gives. */
  readonly policy?: string | undefined
  /** The address that the credentials are handed to. */
  readonly sourceIp: string
  /**
   * Credentials on the way that never leave the house: fetched once for all who need the same, under these terms.
   * Instead of those that AWS refused others, unless they were fetched or asked for a moment ago: then the same again.
   */
  readonly keep: (
    terms: unknown,
    fetch: () => Promise<Credentials>,
    refused?: Credentials,
  ) => Promise<Credentials>
}

/** One call of STS on the way, for what a refusal of it means. */
export interface Step {
  readonly action:
    | 'AssumeRoleWithSAML'
    | 'AssumeRole'
    | 'AssumeRoleWithWebIdentity'
    | 'GetFederationToken'
    | 'GetScopedCredentials'
  readonly roleArn: string
  /** Who signs it, where it is signed. */
  readonly by?: string
  /** What is sent and must not come back in words. */
  readonly secret: string
}

/** One way to take a role: everything that the rest of the product needs to know of it. */
export interface Grant {
  /** Keys of `grant:` that this way alone has. */
  readonly options: Readonly<Record<string, z.ZodType>>
  /** Those of them that may hold variables: a role ARN, or plain text; lists of such likewise. */
  readonly texts: Readonly<Record<string, 'role' | 'text'>>
  /** The own key whose first role the assertion is for, instead of the role itself. */
  readonly entrance?: string
  /** What a rule opens with it instead of a role: its `account` and `name` stand in the place of `role`. */
  readonly opens?: 'federated-user'
  /** Keys of every `grant:` that have no place here. */
  readonly lacks?: readonly ('role' | 'sourceIdentity' | 'transitiveTags')[]
  /** Characters that the session's name may have; else 64. */
  readonly longestName?: number
  /** Why a rule must have `policy` or `policyArns`; else it need not. */
  readonly mustNarrow?: string
  /** Seconds for which AWS hands it out, and what to say of it. */
  readonly bounds: Bounds & { readonly say: string }
  /** What proves the person to STS. */
  readonly needs: 'assertion' | 'web-identity-token' | 'user-keys'
  /** Resolves to credentials; rejects with a `Refusal` that holds no secret. */
  readonly take: (client: StsClient, ask: GrantAsk) => Promise<Credentials>
}
