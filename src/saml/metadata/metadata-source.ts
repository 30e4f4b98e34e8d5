import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Clock, Collection, Fetch, Random } from '../../core/index.ts'
import { type Fresh, type FreshNews, keepFresh, type Resolve } from '../../outgoing/index.ts'
import { type IdpMetadata, parseIdpMetadata } from './idp-metadata.ts'
import { askFor } from './metadata-download.ts'

/** The last good copy of a metadata document, kept in the store across restarts. */
export interface MetadataCopy {
  /** Where it was had; a copy of another place is not used. */
  readonly location?: string | undefined
  readonly xml: string
  readonly etag?: string | undefined
  readonly lastModified?: string | undefined
  /** Epoch milliseconds. */
  readonly fetchedAt: number
}

/** What a watcher learns: loaded anew, or failed while the last good copy stays in use. */
export interface MetadataNews {
  readonly provider: string
  readonly source: string
  readonly outcome: FreshNews<IdpMetadata>['outcome']
  readonly detail?: string
  readonly metadata?: IdpMetadata
  /** Why sign-ins with it cannot work as things are configured, and what mends that. */
  readonly lack?: string
}

export interface MetadataSourceOptions {
  readonly provider: string
  /** URL or file. */
  readonly location: string
  readonly entityId?: string | undefined
  /** PEM certificate of the one who signs the metadata. */
  readonly certFile?: string | undefined
  readonly fetch: Fetch
  readonly resolve?: Resolve | undefined
  readonly clock: Clock
  readonly random: Random
  readonly copies: Collection<MetadataCopy>
  readonly tell: (news: MetadataNews) => void
}

/** Metadata of one identity provider that stays fresh; what is over (validUntil) is not trusted. */
export type MetadataSource = Fresh<IdpMetadata>

const hour = 3_600_000

/** Loads the metadata of one identity provider again and again, hourly when all is well. */
export function createMetadataSource(options: MetadataSourceOptions): MetadataSource {
  const { provider, location, entityId, certFile, clock, random, copies, tell } = options
  const remote = /^https?:\/\//.test(location)
  return keepFresh<MetadataCopy, IdpMetadata>({
    ...{ name: provider, clock, random, copies: remote ? copies : undefined, pause: hour },
    download: (last) => (remote ? download(options, last) : readCopy(location, clock())),
    isOurs: (copy) => copy.location === location,
    read: async ({ xml }) => {
      const signer = certFile === undefined ? undefined : await readPublicKey(certFile)
      return parseIdpMetadata(Buffer.from(xml, 'utf8'), { wanted: entityId, signer, now: clock() })
    },
    same: (one, other) => one.xml === other.xml,
    holds: ({ validUntil }) => validUntil === undefined || validUntil > clock(),
    tell: ({ outcome, detail, value, ofStore }) =>
      tell({
        ...{ provider, source: ofStore ? 'store' : location, outcome },
        ...(detail !== undefined && { detail }),
        ...(outcome !== 'unchanged' && value !== undefined && { metadata: value }),
      }),
  })
}

async function readPublicKey(file: string) {
  return new X509Certificate(await readFile(file, 'utf8')).publicKey
}

async function readCopy(file: string, now: number): Promise<MetadataCopy> {
  return { location: file, xml: await readFile(file, 'utf8'), fetchedAt: now }
}

/** One conditional GET (RFC 9110 §13.1). */
async function download(
  { fetch, resolve, location, clock }: MetadataSourceOptions,
  last: MetadataCopy | undefined,
): Promise<MetadataCopy | 'unchanged'> {
  const headers: Record<string, string> = {
    accept: 'application/samlmetadata+xml, application/xml, text/xml',
  }
  if (last?.etag !== undefined) headers['if-none-match'] = last.etag
  if (last?.lastModified !== undefined) headers['if-modified-since'] = last.lastModified
  const answer = await askFor({ location, headers, fetch, resolve })
  if (answer === 'unchanged') return answer
  return {
    ...{ location, xml: answer.text, fetchedAt: clock() },
    etag: answer.headers.get('etag') ?? undefined,
    lastModified: answer.headers.get('last-modified') ?? undefined,
  }
}
