import type { Events } from '../events/index.ts'
import type { IssuerNews } from '../oidc/index.ts'
import type { MetadataNews } from '../saml/index.ts'

/** Metadata news never hold anything up: what fails to be written is told by the events themselves. */
export async function tellMetadata(
  events: Events,
  { provider: idp, source, outcome, detail, metadata, lack }: MetadataNews,
): Promise<void> {
  const event =
    outcome === 'failed'
      ? ({ type: 'metadata_failed', idp, source, detail: detail ?? '' } as const)
      : metadata &&
        ({
          type: 'metadata_loaded',
          idp,
          source,
          issuer: metadata.entityId,
          certificates: metadata.keys.length,
        } as const)
  if (event) await events.emit(event).catch(() => {})
  if (lack !== undefined) await events.emit({ type: 'warning', message: `${idp} ${lack}` }).catch(() => {})
}

/** As with metadata: told, never waited for. */
export async function tellIssuer(
  events: Events,
  { provider: idp, source, issuer, outcome, detail, keys }: IssuerNews,
): Promise<void> {
  if (outcome === 'unchanged') return
  await events
    .emit(
      outcome === 'failed'
        ? { type: 'metadata_failed', idp, source, detail: detail ?? '' }
        : { type: 'metadata_loaded', idp, source, issuer, ...(keys !== undefined && { keys }) },
    )
    .catch(() => {})
}
