import { type Identity, namingWhose, Refusal, type SignInWords, type StepUpUnderWay } from '../core/index.ts'
import { acceptUnsolicited, consumeRequest, markUsed, type PendingRequest } from './judge/acceptance.ts'
import { blameClock } from './judge/blame-clock.ts'
import { judgeWithFreshKeys } from './judge/fresh-keys.ts'
import { judgeResponse } from './judge/response.ts'
import type { Circumstances } from './judge/trust.ts'
import type { LogoutArrival } from './logout/logout.ts'
import type { Outgoing } from './logout/logout-message.ts'
import { acceptLogout, beginLogout, type LogoutNews } from './logout/single-logout.ts'
import type { CertificateInfo, IdpMetadata } from './metadata/idp-metadata.ts'
import { createMetadataSource, type MetadataNews, type MetadataSource } from './metadata/metadata-source.ts'
import { ownAddresses, serviceProviderMetadata } from './metadata/sp-metadata.ts'
import { opinions } from './opinions/index.ts'
import type { IdentityProviderOptions } from './options.ts'
import type { ServiceProviderOptions } from './service-provider-options.ts'
import { beginSignIn, lackOfSignature, type SignInAsk } from './sign-in/begin.ts'
import { sameKeys, trustedProviders, wordsOf } from './sign-in/providers.ts'
import type { SentRequest } from './sign-in/request.ts'

/** Who signed in, and how. */
export interface SignIn {
  readonly identity: Identity
  /** A local path. */
  readonly returnTo: string
  readonly solicited: boolean
  /** IssueInstant, epoch milliseconds. */
  readonly issuedAt: number
  /** It answers this wish, and brings what was asked for. */
  readonly stepUp?: StepUpUnderWay | undefined
  /** The session that the browser held when it set out. */
  readonly heldSession?: string | undefined
}

export interface ServiceProvider {
  providers(): readonly { readonly name: string; readonly label: string }[]
  begin(ask: SignInAsk): Promise<SentRequest>
  /** Judges an answer, consumes the request that it answers and marks it as used. Throws `Refusal`. */
  accept(answer: { samlResponse: string; relayState?: string; browserKey?: string }): Promise<SignIn>
  /** A message that signs the person out at their identity provider; undefined where that is not offered. */
  beginLogout(identity: Identity): Promise<Outgoing | undefined>
  /** Judges a logout message of either side. The caller ends the sessions. Throws `Refusal`. */
  acceptLogout(arrival: LogoutArrival): Promise<LogoutNews>
  metadata(): string
  /** How the provider of this name says in which way people sign in; undefined when there is none. */
  signInWords(provider: string): SignInWords | undefined
  /** Whether the provider of this name is configured and, as far as is known, has this entity ID. */
  trusts(provider: string, entityId: string): boolean
  /** Loads the metadata of every identity provider and keeps it fresh. Resolves with the names that failed. */
  start(): Promise<readonly string[]>
  /** Names of identity providers whose metadata was never loaded. */
  missing(): readonly string[]
  /** Signing certificates in use, for warnings before they end. Times in epoch milliseconds. */
  certificates(): readonly (CertificateInfo & { readonly provider: string })[]
  stop(): void
}

/** The SAML 2.0 service provider (SAML Profiles §4.1, web browser SSO). */
export function createServiceProvider(options: ServiceProviderOptions): ServiceProvider {
  const { saml, clock } = options
  const own = ownAddresses(options)
  const { entityId, acsUrl } = own
  const sources = new Map<string, MetadataSource>()
  for (const [name, configured] of Object.entries(options.providers))
    sources.set(name, sourceOf(name, configured, options, sources))
  const trusted = trustedProviders(options.providers, sources)
  const where = (isOf: (idp: string) => void): Circumstances => ({
    now: clock(),
    skew: saml.clockSkew * 1000,
    maxLifetime: saml.maxAssertionLifetime * 1000,
    maxMessageBytes: saml.maxMessageSize,
    acsUrl,
    audiences: [entityId, ...options.extraAudiences],
    decryptionKeys: options.decryption.map(({ key }) => key),
    opinion: opinions[saml.secondOpinion],
    findProvider: (issuer) => {
      const found = trusted().find((one) => one.entityId === issuer)
      if (found !== undefined) isOf(found.name)
      return found
    },
  })

  const metadataOf = (name: string) => sources.get(name)?.current()
  const lookAgain = async (name: string) => sources.get(name)?.lookAgain()
  const lookUp = (name: string) =>
    Object.hasOwn(options.providers, name) ? options.providers[name] : undefined
  const configuredAs = (name: string) => {
    const configured = lookUp(name)
    if (configured === undefined) throw new Refusal('not_found', `no identity provider ${name.slice(0, 60)}`)
    return configured
  }

  const accept = async (
    { samlResponse, relayState, browserKey }: Parameters<ServiceProvider['accept']>[0],
    circumstances: Circumstances,
  ) => {
    const judge = (at: Circumstances) => judgeResponse(samlResponse, at)
    const { pending, replays } = options
    const memory = { pending, replays, now: circumstances.now, skew: circumstances.skew }
    const atAnyTime = () => judge({ ...circumstances, skew: Number.POSITIVE_INFINITY })
    const judgement = await judgeWithFreshKeys(circumstances, judge, lookAgain).catch(async (refused) => {
      throw await blameClock(refused, atAnyTime, memory)
    })
    const answered =
      judgement.inResponseTo === undefined
        ? { returnTo: acceptUnsolicited(judgement, relayState, options.providers, entityId) }
        : await consumeRequest(judgement.inResponseTo, judgement, { relayState, browserKey }, memory)
    await markUsed(judgement, memory)
    const { identity, issuedAt } = judgement
    const { returnTo, stepUp, heldSession }: Pick<PendingRequest, 'returnTo' | 'stepUp' | 'heldSession'> =
      answered
    const solicited = judgement.inResponseTo !== undefined
    return { identity, returnTo, issuedAt, solicited, stepUp, heldSession }
  }

  return {
    providers: () =>
      Object.entries(options.providers).map(([name, { label }]) => ({ name, label: label ?? name })),
    begin: async (ask) => {
      const configured = configuredAs(ask.idp)
      if (metadataOf(ask.idp) === undefined) await lookAgain(ask.idp)
      return beginSignIn(ask, configured, metadataOf(ask.idp), own, options)
    },
    accept: (answer) => namingWhose((isOf) => accept(answer, where(isOf))),
    beginLogout: async (identity) =>
      configuredAs(identity.provider).singleLogout
        ? beginLogout(identity, metadataOf(identity.provider), own, options)
        : undefined,
    acceptLogout: (arrival) =>
      namingWhose((isOf) => acceptLogout(arrival, where(isOf), { own, metadataOf, lookAgain }, options)),
    metadata: () => serviceProviderMetadata(options),
    signInWords: (name) => {
      const configured = lookUp(name)
      return configured && wordsOf(configured)
    },
    trusts: (name, entityId) => {
      const configured = lookUp(name)
      const known = configured?.entityId ?? metadataOf(name)?.entityId ?? entityId
      return configured !== undefined && known === entityId
    },
    start: async () => {
      const names = [...sources.keys()]
      const loaded = await Promise.all(names.map((name) => sources.get(name)?.refresh()))
      for (const source of sources.values()) source.start()
      return names.filter((_, index) => !loaded[index])
    },
    missing: () => [...sources].filter(([, source]) => source.current() === undefined).map(([name]) => name),
    certificates: () =>
      [...sources].flatMap(([provider, source]) =>
        (source.current()?.certificates ?? []).map((one) => ({ ...one, provider })),
      ),
    stop: () => {
      for (const source of sources.values()) source.stop()
    },
  }
}

/** The metadata of one provider; whoever hears of it hears also of what it asks for and does not get. */
function sourceOf(
  provider: string,
  configured: IdentityProviderOptions,
  options: ServiceProviderOptions,
  all: ReadonlyMap<string, MetadataSource>,
): MetadataSource {
  const { metadata: location, entityId, metadataCert: certFile } = configured
  const tell = (news: MetadataNews): void => {
    const lack =
      news.metadata &&
      (lackOfSignature(configured, news.metadata, options.signing !== undefined) ??
        sharedName(provider, news.metadata, all))
    options.tell({ ...news, ...(lack !== undefined && { lack }) })
  }
  return createMetadataSource({ ...options, provider, location, entityId, certFile, tell })
}

/** Why nobody signs in by a name that the metadata of two providers claims. */
function sharedName(
  provider: string,
  { entityId, keys }: IdpMetadata,
  all: ReadonlyMap<string, MetadataSource>,
): string | undefined {
  for (const [name, source] of all) {
    const other = source.current()
    if (name !== provider && other?.entityId === entityId && !sameKeys(other.keys, keys))
      return `has in its metadata the entity ID ${entityId}, which that of ${name} has too, with other keys; write entityId: ${entityId} for the one whose it is, for until then nobody signs in by it`
  }
  return undefined
}
