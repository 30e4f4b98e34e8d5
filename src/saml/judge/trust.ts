import type { KeyObject } from 'node:crypto'
import type { Opinion } from '../opinions/index.ts'

/** An identity provider as far as judging its messages needs it: pinned metadata plus configuration. */
export interface TrustedProvider {
  /** Name in the configuration. */
  readonly name: string
  readonly entityId: string
  /** Signing keys of its metadata, RSA of at least 2048 bits or P-256/P-384. */
  readonly keys: readonly KeyObject[]
  readonly allowSha1: boolean
  /** Accept AES-CBC in a Response that is not signed. */
  readonly allowCbc: boolean
  readonly allowUnsolicited: boolean
  /** Milliseconds. */
  readonly maxAuthnAge?: number
  readonly authnContext: readonly string[]
  readonly mfaContexts: readonly string[]
  /** Attribute that tells of a second factor where the context does not. */
  readonly mfaAttribute?: { readonly name: string; readonly values: readonly string[] } | undefined
  /** Short names for attributes. */
  readonly attributes: Readonly<Record<string, string>>
  /** Attributes that may name the person, in order; when none is present the NameID does, unless one is required. */
  readonly user: { readonly required: boolean; readonly names: readonly string[] }
}

/** Where and when a message is judged. Times in milliseconds. */
export interface Circumstances {
  readonly now: number
  readonly skew: number
  readonly maxLifetime: number
  readonly maxMessageBytes: number
  /** The address that received the message; Recipient and Destination must equal it. */
  readonly acsUrl: string
  /** Names under which an assertion may be meant for us. */
  readonly audiences: readonly string[]
  /** A second implementation that must agree; undefined to trust ours alone. */
  readonly opinion: Opinion | undefined
  /** Our private keys for encrypted assertions; several during a rollover. */
  readonly decryptionKeys: readonly KeyObject[]
  readonly findProvider: (entityId: string) => TrustedProvider | undefined
}
