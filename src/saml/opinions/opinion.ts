import type { KeyObject } from 'node:crypto'

/** A signature that our own scanner has found valid, to be judged once more by code that is not ours. */
export interface Claim {
  /** The whole document as it was scanned, UTF-8. */
  readonly document: Buffer
  /** The signed element. */
  readonly local:
    | 'Response'
    | 'Assertion'
    | 'LogoutRequest'
    | 'LogoutResponse'
    | 'EntityDescriptor'
    | 'EntitiesDescriptor'
  readonly id: string
  readonly keys: readonly KeyObject[]
}

/**
 * A second implementation's canonical form of the signed element, if it finds the signature valid under one of the
 * keys; undefined when it does not. May throw; that too means no.
 */
export type Opinion = (claim: Claim) => Buffer | undefined
