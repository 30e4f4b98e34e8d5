import { readFile } from 'node:fs/promises'
import { type Clock, type Fetch, Refusal } from '../../core/index.ts'
import { type KeySet, readKeySet } from '../issuer/key-set.ts'
import { parseStrictObject } from '../issuer/strict-json.ts'
import { downloadText } from './download.ts'

/** The keys of one issuer, kept and renewed as tokens ask for them. */
export interface KeySource {
  /** The key set that should hold this `kid`. Rejects with a `Refusal` when there is none to go by. */
  keysFor(kid: string): Promise<KeySet>
  /** What is loaded and when, epoch milliseconds; undefined when nothing is. */
  kept(): Kept | undefined
}

interface Kept {
  readonly keys: KeySet
  readonly loadedAt: number
}

export interface KeySourceOptions {
  readonly issuer: string
  /** File or URL of the key set; default: what the issuer's discovery document names. */
  readonly jwks?: string | undefined
  readonly fetch: Fetch
  readonly clock: Clock
  /** What a source of the same keys loaded before: good while these cannot be asked, and asked they are at once. */
  readonly kept?: Kept | undefined
}

const minute = 60_000
/** A key that the issuer withdrew is trusted for an hour at most while it answers, for a day while it does not. */
const [freshFor, goodFor] = [60 * minute, 24 * 60 * minute]

/**
 * Loads when a token needs it: nothing is loaded, the set is old, or the `kid` is not in it. At most once a minute,
 * however many ask and whatever they send; those who ask meanwhile wait for the same look.
 */
export function createKeySource(options: KeySourceOptions): KeySource {
  const { clock, issuer } = options
  let keys = options.kept?.keys
  let loadedAt =
    options.kept === undefined
      ? Number.NEGATIVE_INFINITY
      : Math.min(options.kept.loadedAt, clock() - freshFor)
  let lookedAt = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | undefined
  let fault = 'it was not asked yet'

  async function load(): Promise<void> {
    lookedAt = clock()
    try {
      keys = readKeySet(await keySetText(options))
      loadedAt = clock()
    } catch (error) {
      fault = (error as Error).message
    }
  }

  const look = (): Promise<void> => {
    if (looking === undefined && Math.abs(clock() - lookedAt) < minute) return Promise.resolve()
    looking ??= load().finally(() => {
      looking = undefined
    })
    return looking
  }

  return {
    kept: () => (keys === undefined ? undefined : { keys, loadedAt }),
    async keysFor(kid) {
      // A clock that was put back makes what was loaded "later" as old as can be.
      const age = Math.abs(clock() - loadedAt)
      if (keys === undefined || age >= freshFor || !keys.ids.has(kid)) await look()
      if (keys !== undefined && Math.abs(clock() - loadedAt) < goodFor) return keys
      throw new Refusal('workload_issuer_unavailable', `the keys of ${issuer} could not be loaded: ${fault}`)
    },
  }
}

async function keySetText({ issuer, jwks, fetch }: KeySourceOptions): Promise<string> {
  if (jwks !== undefined)
    return /^https?:\/\//i.test(jwks) ? downloadText(fetch, jwks) : readFile(jwks, 'utf8')
  return downloadText(fetch, await discover(issuer, fetch))
}

/** Where the issuer says its keys are (OpenID Connect Discovery §4.3): it must be itself that says so. */
async function discover(issuer: string, fetch: Fetch): Promise<string> {
  const place = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const document = parseStrictObject(await downloadText(fetch, place))
  if (document === undefined) throw new Error(`${place} is no JSON object`)
  if (document.issuer !== issuer)
    throw new Error(`${place} speaks for another issuer; write that one, letter by letter, if it is right`)
  const { jwks_uri: location } = document
  if (typeof location !== 'string' || !URL.canParse(location))
    throw new Error(`${place} names no jwks_uri; name the key set as jwks`)
  // The document is an answer from the network. It may not send the bridge to places that nobody configured.
  if (new URL(location).origin !== new URL(issuer).origin)
    throw new Error(
      `${place} names a key set on another host; write jwks: ${location.slice(0, 200)} if it is right`,
    )
  return location
}
