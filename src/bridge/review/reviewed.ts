import type { ReviewedRule } from '../../policy/index.ts'

/** A key or a certificate that ends. */
export interface Due {
  readonly name: string
  /** Epoch milliseconds. */
  readonly notAfter: number
}

/** What only the configuration as it was written can say. */
export interface ReviewedConfig {
  /** Its fingerprint: what was found out by one configuration says nothing of another. */
  readonly configuration: string
  /** By id, in their order. */
  readonly rules: ReadonlyMap<string, ReviewedRule>
  /** What accounts are called; rules may lead to others as well, which have their number alone. */
  readonly accountNames: readonly string[]
  /** Keys and certificates, ours and those of identity providers, as far as they are known. */
  readonly due: () => readonly Due[]
}
