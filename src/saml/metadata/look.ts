import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Fetch } from '../../core/index.ts'
import { reasonOf } from '../../outgoing/index.ts'
import type { IdentityProviderOptions } from '../options.ts'
import { lackOfSignature } from '../sign-in/begin.ts'
import { type CertificateInfo, parseIdpMetadata } from './idp-metadata.ts'
import { downloadMetadata } from './metadata-download.ts'

/** What an identity provider's metadata says now, or why it says nothing. */
export interface ProviderLook {
  readonly provider: string
  readonly source: string
  readonly entityId?: string
  readonly certificates?: readonly CertificateInfo[]
  /** Why nobody could sign in with it, and what mends that. */
  readonly problem?: string
}

/** Loads the metadata of one identity provider as the server would, outside of any server. Never rejects. */
export async function lookAtProvider(
  provider: string,
  configured: IdentityProviderOptions,
  { fetch, now, haveKey }: { readonly fetch: Fetch; readonly now: number; readonly haveKey: boolean },
): Promise<ProviderLook> {
  const { metadata: source, metadataCert, entityId: wanted } = configured
  try {
    const xml = /^https?:\/\//.test(source)
      ? await downloadMetadata({ location: source, fetch })
      : await readFile(source)
    const signer =
      metadataCert === undefined ? undefined : new X509Certificate(await readFile(metadataCert)).publicKey
    const metadata = parseIdpMetadata(xml, { wanted, signer, now })
    const lack = lackOfSignature(configured, metadata, haveKey)
    const { entityId, certificates } = metadata
    return { provider, source, entityId, certificates, ...(lack !== undefined && { problem: lack }) }
  } catch (error) {
    return { provider, source, problem: `has no usable metadata at ${source}: ${reasonOf(error)}` }
  }
}
