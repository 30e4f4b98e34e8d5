import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Clock, Collection, Fetch, Random } from '../core/index.ts'
import { type IdpMetadata, maxMetadataBytes, parseIdpMetadata } from './idp-metadata.ts'

/** The last good copy of a metadata document, kept in the store across restarts. */
export interface MetadataCopy {
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
  readonly outcome: 'loaded' | 'unchanged' | 'restored' | 'failed'
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
  readonly clock: Clock
  readonly random: Random
  readonly copies: Collection<MetadataCopy>
  readonly tell: (news: MetadataNews) => void
}

/** Metadata of one identity provider that stays fresh. */
export interface MetadataSource {
  /** What is in use now; undefined until the first load succeeded. */
  current(): IdpMetadata | undefined
  /** Loads once; true when metadata is in use afterwards. Never rejects. */
  refresh(): Promise<boolean>
  /** Keeps refreshing in the background: hourly, sooner with growing pauses after a failure. */
  start(): void
  stop(): void
}

const hour = 3_600_000
const timeout = 10_000

export function createMetadataSource(options: MetadataSourceOptions): MetadataSource {
  const { provider, location, entityId, clock, copies, tell } = options
  const remote = /^https?:\/\//.test(location)
  let current: IdpMetadata | undefined
  let copy: MetadataCopy | undefined
  let timer: NodeJS.Timeout | undefined
  let failures = 0
  let stopped = false

  const use = async (next: MetadataCopy, outcome: 'loaded' | 'restored'): Promise<void> => {
    const signer = options.certFile === undefined ? undefined : await readPublicKey(options.certFile)
    current = parseIdpMetadata(Buffer.from(next.xml, 'utf8'), { wanted: entityId, signer, now: clock() })
    copy = next
    tell({ provider, source: location, outcome, metadata: current })
  }

  const load = async (): Promise<void> => {
    const next = remote ? await download(options, copy) : await read(location, clock())
    if (next === 'unchanged' || (next.xml === copy?.xml && current !== undefined)) {
      tell({ provider, source: location, outcome: 'unchanged' })
      return
    }
    await use(next, 'loaded')
    if (remote) await copies.put(provider, next)
  }

  const restore = async (): Promise<void> => {
    const kept = remote && current === undefined ? await copies.get(provider) : undefined
    if (kept !== undefined) await use(kept, 'restored')
  }

  const refresh = async (): Promise<boolean> => {
    try {
      await load()
      failures = 0
    } catch (error) {
      failures += 1
      tell({ provider, source: location, outcome: 'failed', detail: reason(error) })
      await restore().catch((cause: unknown) =>
        tell({ provider, source: 'store', outcome: 'failed', detail: reason(cause) }),
      )
    }
    return current !== undefined
  }

  const schedule = (): void => {
    if (stopped) return
    const pause = failures === 0 ? hour : Math.min(hour, 5_000 * 2 ** Math.min(failures - 1, 12))
    // Up to a fifth later, so that nodes do not ask in step.
    timer = setTimeout(
      () => void refresh().finally(schedule),
      pause * (1 + options.random(1).readUInt8() / 1280),
    )
    timer.unref()
  }

  return {
    // Metadata that is over is not trusted, even when no newer one can be had.
    current: () => (current?.validUntil !== undefined && current.validUntil <= clock() ? undefined : current),
    refresh,
    start: schedule,
    stop: () => {
      stopped = true
      clearTimeout(timer)
    },
  }
}

async function readPublicKey(file: string) {
  return new X509Certificate(await readFile(file, 'utf8')).publicKey
}

async function read(file: string, now: number): Promise<MetadataCopy> {
  return { xml: await readFile(file, 'utf8'), fetchedAt: now }
}

/** One conditional GET (RFC 9110 §13.1); redirects are followed only to https or within the same host. */
async function download(
  { fetch, location, clock }: MetadataSourceOptions,
  copy: MetadataCopy | undefined,
): Promise<MetadataCopy | 'unchanged'> {
  const headers: Record<string, string> = {
    accept: 'application/samlmetadata+xml, application/xml, text/xml',
  }
  if (copy?.etag !== undefined) headers['if-none-match'] = copy.etag
  if (copy?.lastModified !== undefined) headers['if-modified-since'] = copy.lastModified
  const response = await fetch(location, {
    headers,
    signal: AbortSignal.timeout(timeout),
    redirect: 'follow',
  })
  if (response.status === 304) return 'unchanged'
  if (!response.ok) throw new Error(`the server answered ${response.status}`)
  if (location.startsWith('https:') && !response.url.startsWith('https:')) {
    throw new Error('the server redirects from https to http')
  }
  return {
    xml: await boundedText(response),
    etag: response.headers.get('etag') ?? undefined,
    lastModified: response.headers.get('last-modified') ?? undefined,
    fetchedAt: clock(),
  }
}

/** A server that never stops talking must not fill the memory. */
async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > maxMetadataBytes) throw new Error(`the metadata is larger than ${maxMetadataBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** The innermost cause, in words: "connect ECONNREFUSED 127.0.0.1:9" says more than "fetch failed". */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `no answer within ${timeout / 1000} s`
  const cause = error.cause instanceof Error ? reason(error.cause) : ''
  return cause === '' ? error.message : cause
}
