import type { Credentials, Entitlement } from '../core/index.ts'
import type { StsClient } from './client.ts'

/** What is asked of STS for one person and one role. Holds a secret: the assertion. */
export interface GrantAsk {
  readonly entitlement: Entitlement
  /** Seconds. */
  readonly duration: number
  /** The SAML response for AWS, base64. */
  readonly assertion: string
  /** The bridge itself signed it, for this very call; else the identity provider did, at the sign-in. */
  readonly signedHere?: boolean
  /** A session policy (JSON) by which the person narrows what the entitlement gives. */
  readonly policy?: string | undefined
  /** The address that the credentials are handed to. */
  readonly sourceIp: string
  /** Recipient of the assertion, which trust policies call `SAML:aud`; only for advice in refusals. */
  readonly recipient?: string | undefined
}

/** One way to take a role. Resolves to credentials; rejects with a `Refusal` that holds no secret. */
export type Grant = (client: StsClient, ask: GrantAsk) => Promise<Credentials>
