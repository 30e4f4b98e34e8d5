import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Clock, Collection, Fetch, Random } from '../../core/index.ts'
import { type IdpMetadata, parseIdpMetadata } from './idp-metadata.ts'
import { boundedText, followTo, type Resolve, reasonOf } from './metadata-download.ts'

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
  readonly resolve?: Resolve | undefined
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
  /**
   * Loads because somebody needs it now: nothing is loaded, or a signature fits none of the keys. At most once a minute,
   * however many ask; those who ask meanwhile wait for the same look. Never rejects.
   */
  lookAgain(): Promise<void>
  /**
   * Keeps refreshing in the background: hourly, sooner with growing pauses after a failure, a minute apart at most while
   * nothing is loaded.
   */
  start(): void
  stop(): void
}

const hour = 3_600_000
const minute = 60_000

export function createMetadataSource(options: MetadataSourceOptions): MetadataSource {
  const { provider, location, entityId, clock, copies, tell } = options
  const remote = /^https?:\/\//.test(location)
  let current: IdpMetadata | undefined
  let copy: MetadataCopy | undefined
  let timer: NodeJS.Timeout | undefined
  let failures = 0
  let stopped = false
  let running: Promise<boolean> | undefined
  let lookedAt = Number.NEGATIVE_INFINITY
  // Metadata that is over is not trusted, even when no newer one can be had.
  const valid = () =>
    current?.validUntil !== undefined && current.validUntil <= clock() ? undefined : current

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

  const attempt = async (): Promise<boolean> => {
    try {
      await load()
      failures = 0
    } catch (error) {
      failures += 1
      tell({ provider, source: location, outcome: 'failed', detail: reasonOf(error) })
      await restore().catch((cause: unknown) =>
        tell({ provider, source: 'store', outcome: 'failed', detail: reasonOf(cause) }),
      )
    }
    return current !== undefined
  }

  const refresh = (): Promise<boolean> => {
    running ??= attempt().finally(() => {
      running = undefined
    })
    return running
  }

  const lookAgain = async (): Promise<void> => {
    const now = clock()
    // A clock that was set back must not put the next look off.
    if (running === undefined && now - lookedAt < minute && now >= lookedAt) return
    if (running === undefined) lookedAt = now
    await refresh()
  }

  const schedule = (): void => {
    if (stopped) return
    const longest = valid() === undefined ? minute : hour
    const pause = failures === 0 ? longest : Math.min(longest, 5_000 * 2 ** Math.min(failures - 1, 12))
    // Up to a fifth later, so that nodes do not ask in step.
    timer = setTimeout(
      () => void refresh().finally(schedule),
      pause * (1 + options.random(1).readUInt8() / 1280),
    )
    timer.unref()
  }

  return {
    current: valid,
    refresh,
    lookAgain,
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

/** One conditional GET (RFC 9110 §13.1). */
async function download(
  { fetch, resolve, location, clock }: MetadataSourceOptions,
  copy: MetadataCopy | undefined,
): Promise<MetadataCopy | 'unchanged'> {
  const headers: Record<string, string> = {
    accept: 'application/samlmetadata+xml, application/xml, text/xml',
  }
  if (copy?.etag !== undefined) headers['if-none-match'] = copy.etag
  if (copy?.lastModified !== undefined) headers['if-modified-since'] = copy.lastModified
  const response = await followTo({ location, headers, fetch, resolve })
  if (response.status === 304) return 'unchanged'
  if (!response.ok) throw new Error(`the server answered ${response.status}`)
  return {
    xml: await boundedText(response),
    etag: response.headers.get('etag') ?? undefined,
    lastModified: response.headers.get('last-modified') ?? undefined,
    fetchedAt: clock(),
  }
}
