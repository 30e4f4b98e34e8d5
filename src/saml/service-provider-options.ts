import type { KeyObject } from 'node:crypto'
import type { Clock, Collection, Fetch, Random } from '../core/index.ts'
import type { Resolve } from '../outgoing/index.ts'
import type { PendingRequest } from './judge/acceptance.ts'
import type { MetadataCopy, MetadataNews } from './metadata/metadata-source.ts'
import type { IdentityProviderOptions, SamlOptions } from './options.ts'

/** A LogoutRequest of ours that waits for its answer. */
export interface PendingLogout {
  readonly provider: string
}

/** What the service provider is made of. */
export interface ServiceProviderOptions {
  readonly baseUrl: string
  readonly saml: SamlOptions
  /** PEM; signs requests and logout messages. */
  readonly signing?: { readonly key: string; readonly cert: string } | undefined
  /** Certificates to publish beside the one in use, before and after a rollover. */
  readonly moreSigningCerts?: readonly string[]
  /** Keys for encrypted assertions with the certificates (PEM) that the metadata offers for them. */
  readonly decryption: readonly { readonly key: KeyObject; readonly cert: string }[]
  readonly providers: Readonly<Record<string, IdentityProviderOptions>>
  /** Audiences beside our entity ID: in passthrough mode AWS's. */
  readonly extraAudiences: readonly string[]
  readonly clock: Clock
  readonly random: Random
  readonly fetch: Fetch
  /** How hosts are resolved; default: as the system does. */
  readonly resolve?: Resolve | undefined
  readonly pending: Collection<PendingRequest>
  readonly logouts: Collection<PendingLogout>
  readonly replays: Collection<{ readonly usedAt: number }>
  readonly copies: Collection<MetadataCopy>
  readonly tell: (news: MetadataNews) => void
}
