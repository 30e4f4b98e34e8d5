import type { z } from 'zod'
import type { Credentials, Entitlement, UserKeys, Way } from '../core/index.ts'
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
  /** AWS shall do nothing with them from then on, however long they last; epoch milliseconds. */
  readonly endsAt?: number | undefined
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
export interface Grant extends Way<z.ZodType> {
  /** Resolves to credentials; rejects with a `Refusal` that holds no secret. */
  readonly take: (client: StsClient, ask: GrantAsk) => Promise<Credentials>
}
