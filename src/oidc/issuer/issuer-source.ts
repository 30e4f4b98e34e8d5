import type { Clock, Collection, Random } from '../../core/index.ts'
import { ask, type Line, reasonOf } from './ask.ts'
import { type Discovery, discoveryAddress, readDiscovery } from './discovery.ts'
import { type KeySet, readKeySet } from './key-set.ts'

/** The last good copy of what an issuer says of itself, kept in the store across restarts. */
export interface IssuerCopy {
  readonly issuer: string
  readonly discovery: string
  readonly keys: string
  /** Epoch milliseconds. */
  readonly fetchedAt: number
}

/** An issuer as it is in use: where to ask, and whose signatures count. */
export interface Issuer {
  readonly discovery: Discovery
  readonly keys: KeySet
}

/** What a watcher learns: loaded anew, or failed while the last good copy stays in use. */
export interface IssuerNews {
  readonly provider: string
  readonly source: string
  readonly issuer: string
  readonly outcome: 'loaded' | 'unchanged' | 'restored' | 'failed'
  readonly detail?: string
  readonly keys?: number
}

export interface IssuerSourceOptions extends Line {
  readonly provider: string
  readonly clock: Clock
  readonly random: Random
  readonly copies: Collection<IssuerCopy>
  readonly tell: (news: IssuerNews) => void
}

/** Discovery document and keys of one issuer that stay fresh. */
export interface IssuerSource {
  /** What is in use now; undefined until the first load succeeded, and when the last good copy is too old. */
  current(): Issuer | undefined
  /** Loads once; true when the issuer is in use afterwards. Never rejects. */
  refresh(): Promise<boolean>
  /**
   * Loads because somebody needs it now: nothing is loaded, or a signature names a key that is not there. At most once a
   * minute, however many ask and however often the keys change; who asks meanwhile waits for the same look. Never rejects.
   */
  lookAgain(): Promise<void>
  /** Keeps refreshing in the background: every half hour, sooner with growing pauses after a failure. */
  start(): void
  stop(): void
}

const minute = 60_000
const pauseWhenWell = 30 * minute

/** A key that its issuer withdrew must not count for longer because the issuer cannot be reached. */
const oldestCopy = 24 * 60 * minute

export function createIssuerSource(options: IssuerSourceOptions): IssuerSource {
  const { provider, issuer, clock, copies } = options
  const source = discoveryAddress(issuer)
  const tell = (news: Pick<IssuerNews, 'outcome' | 'detail' | 'keys'>) =>
    options.tell({ provider, source, issuer, ...news })
  let inUse: { readonly copy: IssuerCopy; readonly issuer: Issuer } | undefined
  let timer: NodeJS.Timeout | undefined
  let failures = 0
  let stopped = false
  let running: Promise<boolean> | undefined
  let lookedAt = Number.NEGATIVE_INFINITY
  const isFresh = ({ fetchedAt }: IssuerCopy) => clock() - fetchedAt < oldestCopy
  const current = () => (inUse !== undefined && isFresh(inUse.copy) ? inUse.issuer : undefined)

  const use = (copy: IssuerCopy, outcome: 'loaded' | 'restored'): void => {
    const [discovery, keys] = [readDiscovery(copy.discovery, issuer), readKeySet(copy.keys)]
    const same = inUse?.copy.keys === copy.keys && inUse.copy.discovery === copy.discovery
    inUse = { copy, issuer: { discovery, keys } }
    tell({ outcome: same ? 'unchanged' : outcome, keys: keys.ids.size })
  }

  const restore = async (): Promise<void> => {
    const kept = inUse === undefined ? await copies.get(provider) : undefined
    if (kept !== undefined && kept.issuer === issuer && isFresh(kept)) use(kept, 'restored')
  }

  const attempt = async (): Promise<boolean> => {
    try {
      const copy = await download(options)
      use(copy, 'loaded')
      failures = 0
      await copies.put(provider, copy, copy.fetchedAt + oldestCopy)
    } catch (error) {
      failures += 1
      tell({ outcome: 'failed', detail: reasonOf(error) })
      await restore().catch((cause: unknown) => tell({ outcome: 'failed', detail: reasonOf(cause) }))
    }
    return current() !== undefined
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
    const longest = current() === undefined ? minute : pauseWhenWell
    const pause = failures === 0 ? longest : Math.min(longest, 5_000 * 2 ** Math.min(failures - 1, 12))
    // Up to a fifth later, so that nodes do not ask in step.
    timer = setTimeout(
      () => void refresh().finally(schedule),
      pause * (1 + options.random(1).readUInt8() / 1280),
    )
    timer.unref()
  }

  return {
    current,
    refresh,
    lookAgain,
    start: schedule,
    stop: () => {
      stopped = true
      clearTimeout(timer)
    },
  }
}

/** Both documents, from one moment. Rejects with a sentence. */
export async function download(options: Line & { readonly clock: Clock }): Promise<IssuerCopy> {
  const { issuer, clock } = options
  const discovery = await document(options, discoveryAddress(issuer))
  const keys = await document(options, readDiscovery(discovery, issuer).jwks_uri)
  readKeySet(keys)
  return { issuer, discovery, keys, fetchedAt: clock() }
}

async function document(line: Line, address: string): Promise<string> {
  const { status, text } = await ask(line, address)
  if (status !== 200) throw new Error(`${address} answered ${status}`)
  return text
}
