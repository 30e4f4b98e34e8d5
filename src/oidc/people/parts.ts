import type { KeyObject } from 'node:crypto'
import type { Clock, Collection, Fetch, Random, StepUpUnderWay } from '../../core/index.ts'
import type { Resolve } from '../../outgoing/index.ts'
import type { IssuerCopy, IssuerNews, IssuerSource } from '../issuer/issuer-source.ts'
import type { TokenRules } from '../issuer/signed-token.ts'
import { codesForPeople } from '../issuer/token-codes.ts'
import type { OpenIdProviderOptions } from './options.ts'

/** A sign-in that waits for the provider's answer, under the state that it was sent with. */
export interface PendingCode {
  readonly provider: string
  readonly returnTo: string
  /** SHA-256 of the value that the browser holds in its cookie. */
  readonly browser: string
  readonly nonce: string
  /** Of PKCE (RFC 7636): who has the code alone cannot redeem it. */
  readonly verifier: string
  readonly forceAuthn: boolean
  /** Epoch milliseconds. */
  readonly createdAt: number
  /** Somebody who is signed in asks for more than the sign-in that they have. */
  readonly stepUp?: StepUpUnderWay | undefined
  /** The session that the browser held when it set out. */
  readonly heldSession?: string | undefined
}

/** What proves the bridge to a provider: a shared secret, or a key. */
export interface ClientProof {
  readonly secret?: string
  readonly key?: KeyObject
}

/** What the relying party is made of. */
export interface RelyingPartyOptions {
  readonly baseUrl: string
  readonly providers: Readonly<Record<string, OpenIdProviderOptions>>
  /** By the name of the provider. */
  readonly proofs: Readonly<Record<string, ClientProof>>
  /** Seconds of clock difference that are tolerated. */
  readonly clockSkew: number
  /** Seconds that a session lasts at most. */
  readonly maxAge: number
  readonly clock: Clock
  /** Milliseconds by which `clock` is ahead of the machine's, which openid-client reads by itself. */
  readonly clockOffset: () => number
  readonly random: Random
  readonly fetch: Fetch
  /** How hosts are resolved; default: as the system does. */
  readonly resolve?: Resolve | undefined
  readonly pending: Collection<PendingCode>
  readonly logouts: Collection<{ readonly provider: string }>
  readonly replays: Collection<{ readonly usedAt: number }>
  /** Whose a session of a provider is, by issuer and `sid`: some logout tokens name nothing else. */
  readonly subjects: Collection<{ readonly nameId: string }>
  readonly copies: Collection<IssuerCopy>
  readonly tell: (news: IssuerNews) => void
}

/** One provider as it is configured, and what its issuer says of itself. */
export interface Provider {
  readonly name: string
  readonly options: OpenIdProviderOptions
  readonly proof: ClientProof
  readonly source: IssuerSource
  /** Where the provider sends people back to: a path. */
  readonly callback: string
  /** Others come back there as well. */
  readonly sharesCallback: boolean
}

/** Characters; a token with a thousand groups has less. */
export const tokenRules: TokenRules = { codes: codesForPeople, longest: 100_000 }

export const callbackPath = '/oidc/callback'

/**
 * Where each provider sends people back to, by name; `shared`: those that do so to one and the same address. Of an answer
 * that comes there and does not say of whom it is (RFC 9207), nobody knows whose code it brings: a provider that sends
 * people on to another one would be handed the code of that other (RFC 9700 §4.4).
 */
export function callbacksOf(providers: RelyingPartyOptions['providers']) {
  const paths = new Map(
    Object.entries(providers).map(([name, { ownCallback }]) => [
      name,
      ownCallback ? `${callbackPath}/${name}` : callbackPath,
    ]),
  )
  const common = [...paths].filter(([, path]) => path === callbackPath).map(([name]) => name)
  return { paths, shared: new Set(common.length > 1 ? common : []) }
}

/** What to do where providers cannot be told apart. */
export const ownCallbackCure =
  `several providers send people back to ${callbackPath}, and this one does not say in its answers of whom they are ` +
  `(RFC 9207): set ownCallback: true, and register ${callbackPath}/NAME with it`
export const signedOutPath = '/oidc/signed-out'
