import type { KeyObject } from 'node:crypto'
import {
  type Clock,
  type Collection,
  type Fetch,
  type Identity,
  type Random,
  Refusal,
} from '../core/index.ts'
import { acceptUnsolicited, consumeRequest, hash, markUsed, type PendingRequest } from './acceptance.ts'
import {
  createMetadataSource,
  type MetadataCopy,
  type MetadataNews,
  type MetadataSource,
} from './metadata-source.ts'
import { opinions } from './opinions/index.ts'
import type { IdentityProviderOptions, SamlOptions } from './options.ts'
import { trustedProviders } from './providers.ts'
import { createAuthnRequest, type SentRequest } from './request.ts'
import { judgeResponse } from './response.ts'
import { spMetadata } from './sp-metadata.ts'
import type { Circumstances } from './trust.ts'

export interface ServiceProviderOptions {
  readonly baseUrl: string
  readonly saml: SamlOptions
  /** PEM; signs requests when an identity provider wants that. */
  readonly signing?: { readonly key: string; readonly cert: string } | undefined
  /** Keys for encrypted assertions with the certificates (PEM) that the metadata offers for them. */
  readonly decryption: readonly { readonly key: KeyObject; readonly cert: string }[]
  readonly providers: Readonly<Record<string, IdentityProviderOptions>>
  /** Audiences beside our entity ID: in passthrough mode AWS's. */
  readonly extraAudiences: readonly string[]
  readonly clock: Clock
  readonly random: Random
  readonly fetch: Fetch
  readonly pending: Collection<PendingRequest>
  readonly replays: Collection<{ readonly usedAt: number }>
  readonly copies: Collection<MetadataCopy>
  readonly tell: (news: MetadataNews) => void
}

/** Who signed in, and how. */
export interface SignIn {
  readonly identity: Identity
  /** A local path. */
  readonly returnTo: string
  readonly solicited: boolean
  /** IssueInstant, epoch milliseconds. */
  readonly issuedAt: number
}

export interface ServiceProvider {
  providers(): readonly { readonly name: string; readonly label: string }[]
  begin(ask: {
    idp: string
    returnTo: string
    browserKey: string
    forceAuthn?: boolean
  }): Promise<SentRequest>
  /** Judges an answer, consumes the request that it answers and marks it as used. Throws `Refusal`. */
  accept(answer: { samlResponse: string; relayState?: string; browserKey?: string }): Promise<SignIn>
  metadata(): string
  /** Loads the metadata of every identity provider and keeps it fresh. Resolves with the names that failed. */
  start(): Promise<readonly string[]>
  /** Names of identity providers whose metadata was never loaded. */
  missing(): readonly string[]
  stop(): void
}

const pendingFor = 15 * 60_000

/** The SAML 2.0 service provider (SAML Profiles §4.1, web browser SSO). */
export function createServiceProvider(options: ServiceProviderOptions): ServiceProvider {
  const { baseUrl, saml, clock, random } = options
  const entityId = saml.entityId ?? `${baseUrl}/saml/metadata`
  const acsUrl = `${baseUrl}/saml/acs`
  const sources = new Map<string, MetadataSource>()
  for (const [name, { metadata, entityId: wanted }] of Object.entries(options.providers)) {
    sources.set(
      name,
      createMetadataSource({ ...options, provider: name, location: metadata, entityId: wanted }),
    )
  }
  const trusted = trustedProviders(options.providers, sources)
  const where = (): Circumstances => ({
    now: clock(),
    skew: saml.clockSkew * 1000,
    maxLifetime: saml.maxAssertionLifetime * 1000,
    maxMessageBytes: saml.maxMessageSize,
    acsUrl,
    audiences: [entityId, ...options.extraAudiences],
    decryptionKeys: options.decryption.map(({ key }) => key),
    opinion: opinions[saml.secondOpinion],
    findProvider: (issuer) => trusted().find((one) => one.entityId === issuer),
  })

  const begin: ServiceProvider['begin'] = async ({ idp, returnTo, browserKey, forceAuthn = false }) => {
    const configured = Object.hasOwn(options.providers, idp) ? options.providers[idp] : undefined
    if (configured === undefined) throw new Refusal('not_found', `no identity provider ${idp.slice(0, 60)}`)
    const metadata = sources.get(idp)?.current()
    if (metadata === undefined)
      throw new Refusal('identity_provider_unavailable', `no metadata of ${idp} yet`)
    const binding =
      configured.requestBinding ?? (metadata.signOn.redirect === undefined ? 'post' : 'redirect')
    const location = metadata.signOn[binding]
    if (location === undefined) {
      throw new Refusal(
        'identity_provider_unavailable',
        `the metadata of ${idp} offers no ${binding} binding`,
      )
    }
    const signs = configured.signRequests ?? metadata.wantsSignedRequests
    if (signs && options.signing === undefined) {
      throw new Refusal(
        'identity_provider_unavailable',
        `${idp} wants signed requests; configure saml.signingKey`,
      )
    }
    // An ID must not begin with a digit; 160 random bits make it a secret of this sign-in.
    const id = `_${random(20).toString('hex')}`
    const relayState = random(16).toString('base64url')
    const force = forceAuthn || configured.forceAuthn
    const now = clock()
    await options.pending.put(
      id,
      { provider: idp, returnTo, relayState, browser: hash(browserKey), forceAuthn: force, createdAt: now },
      now + pendingFor,
    )
    return createAuthnRequest({
      id,
      relayState,
      now,
      entityId,
      acsUrl,
      idpEntityId: metadata.entityId,
      binding,
      location,
      nameIdFormat: configured.nameIdFormat,
      forceAuthn: force,
      authnContext: configured.authnContext,
      signing: signs ? options.signing : undefined,
    })
  }

  const accept: ServiceProvider['accept'] = async ({ samlResponse, relayState, browserKey }) => {
    const circumstances = where()
    const judgement = judgeResponse(samlResponse, circumstances)
    const { pending, replays } = options
    const memory = { pending, replays, now: circumstances.now, skew: circumstances.skew }
    const returnTo =
      judgement.inResponseTo === undefined
        ? acceptUnsolicited(judgement, relayState, options.providers, entityId)
        : await consumeRequest(judgement.inResponseTo, judgement, { relayState, browserKey }, memory)
    await markUsed(judgement, memory)
    const { identity, issuedAt } = judgement
    return { identity, returnTo, issuedAt, solicited: judgement.inResponseTo !== undefined }
  }

  return {
    providers: () =>
      Object.entries(options.providers).map(([name, { label }]) => ({ name, label: label ?? name })),
    begin,
    accept,
    metadata: () => metadataOf(options, entityId, acsUrl),
    start: async () => {
      const names = [...sources.keys()]
      const loaded = await Promise.all(names.map((name) => sources.get(name)?.refresh()))
      for (const source of sources.values()) source.start()
      return names.filter((_, index) => !loaded[index])
    },
    missing: () => [...sources].filter(([, source]) => source.current() === undefined).map(([name]) => name),
    stop: () => {
      for (const source of sources.values()) source.stop()
    },
  }
}

function metadataOf(options: ServiceProviderOptions, entityId: string, acsUrl: string): string {
  const formats = Object.values(options.providers).map(({ nameIdFormat }) => nameIdFormat)
  return spMetadata({
    entityId,
    acsUrl,
    signingCerts: options.signing ? [options.signing.cert] : [],
    encryptionCerts: options.decryption.map(({ cert }) => cert),
    signsRequests: options.signing !== undefined,
    nameIdFormats: [...new Set(formats.filter((format) => format !== undefined))],
  })
}
