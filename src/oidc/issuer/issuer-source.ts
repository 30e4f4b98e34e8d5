import { readFile } from 'node:fs/promises'
import type { Clock, Collection, Random } from '../../core/index.ts'
import { type Fresh, type FreshNews, keepFresh } from '../../outgoing/index.ts'
import { askForDocument, type Line } from './ask.ts'
import { type Discovery, discoveryAddress, readDiscovery } from './discovery.ts'
import { type KeySet, readKeySet } from './key-set.ts'

/** The last good copy of what an issuer says of itself, kept in the store across restarts. */
export interface IssuerCopy {
  readonly issuer: string
  /** Where it was had; a copy of another place is not used. */
  readonly source?: string | undefined
  /** Undefined where the configuration says itself where the keys are. */
  readonly discovery?: string | undefined
  readonly keys: string
  /** Epoch milliseconds. */
  readonly fetchedAt: number
}

/** An issuer as it is in use: where to ask, and whose signatures count. */
export interface Issuer {
  /** Undefined where the configuration says itself where the keys are. */
  readonly discovery: Discovery | undefined
  readonly keys: KeySet
}

/** What a watcher learns: loaded anew, or failed while the last good copy stays in use. */
export interface IssuerNews {
  readonly provider: string
  readonly source: string
  readonly issuer: string
  readonly outcome: FreshNews<Issuer>['outcome']
  readonly detail?: string
  readonly keys?: number
}

/** What an issuer says of itself now, or why nobody can sign in there. */
export interface IssuerLook {
  readonly provider: string
  readonly source: string
  readonly issuer?: string
  readonly keys?: number
  readonly problem?: string
}

interface IssuerPlace extends Line {
  /** File or URL of the key set; default: what the issuer's discovery document names. */
  readonly jwks?: string | undefined
  /** Keys at another host count only where `jwks` names it. */
  readonly ownHostOnly?: true
}

export interface IssuerSourceOptions extends IssuerPlace {
  readonly provider: string
  readonly clock: Clock
  readonly random: Random
  readonly copies: Collection<IssuerCopy>
  readonly tell: (news: IssuerNews) => void
}

/** Discovery document and keys of one issuer that stay fresh. */
export type IssuerSource = Fresh<Issuer>

const minute = 60_000
/** A key that its issuer withdrew must not count for longer because the issuer cannot be reached. */
const oldestCopy = 24 * 60 * minute

/** Loads what an issuer says of itself: every half hour in the background once started, and whenever a token needs it. */
export function createIssuerSource(options: IssuerSourceOptions): IssuerSource {
  const { provider, issuer, jwks, clock, random, tell } = options
  const source = placeOf(options)
  return keepFresh<IssuerCopy, Issuer>({
    ...{ name: provider, clock, random, pause: 30 * minute },
    copies: jwks === undefined || isRemote(jwks) ? options.copies : undefined,
    ends: ({ fetchedAt }) => fetchedAt + oldestCopy,
    download: () => download(options),
    isOurs: (copy) => copy.issuer === issuer && copy.source === source,
    read: ({ discovery, keys }) => ({
      discovery: discovery === undefined ? undefined : readDiscovery(discovery, issuer),
      keys: readKeySet(keys),
    }),
    same: (one, other) => one.keys === other.keys && one.discovery === other.discovery,
    holds: (_issuer, { fetchedAt }) => Math.abs(clock() - fetchedAt) < oldestCopy,
    tell: ({ outcome, detail, value }) =>
      tell({
        ...{ provider, source, issuer, outcome },
        ...(detail !== undefined && { detail }),
        ...(value !== undefined && { keys: value.keys.ids.size }),
      }),
  })
}

const isRemote = (place: string) => /^https?:\/\//i.test(place)
const placeOf = ({ issuer, jwks }: IssuerPlace) => jwks ?? discoveryAddress(issuer)

/** All that there is to know of an issuer, from one moment. Rejects with a sentence. */
export async function download(place: IssuerPlace & { readonly clock: Clock }): Promise<IssuerCopy> {
  const { issuer, jwks, clock } = place
  const copy = { issuer, source: placeOf(place), fetchedAt: clock() }
  if (jwks !== undefined) {
    // Who writes the configuration may name any place, also one in our own network.
    const keys = isRemote(jwks) ? askForDocument({ ...place, issuer: jwks }, jwks) : readFile(jwks, 'utf8')
    return { ...copy, keys: await keys }
  }
  const discovery = await askForDocument(place, discoveryAddress(issuer))
  const { jwks_uri: address } = readDiscovery(discovery, issuer)
  if (place.ownHostOnly && new URL(address).origin !== new URL(issuer).origin)
    throw new Error(
      `the discovery document names a key set on another host; write jwks: ${address.slice(0, 200)} if it is right`,
    )
  return { ...copy, discovery, keys: await askForDocument(place, address) }
}
