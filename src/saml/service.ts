import { createHash, timingSafeEqual } from 'node:crypto'
import {
  type Clock,
  type Collection,
  type Fetch,
  type Identity,
  type Random,
  Refusal,
} from '../core/index.ts'
import {
  createMetadataSource,
  type MetadataCopy,
  type MetadataNews,
  type MetadataSource,
} from './metadata-source.ts'
import type { IdentityProviderOptions, SamlOptions } from './options.ts'
import { unsolicitedTarget } from './relay-state.ts'
import { createAuthnRequest, type SentRequest } from './request.ts'
import { type Judgement, judgeResponse } from './response.ts'
import { spMetadata } from './sp-metadata.ts'
import type { Circumstances, TrustedProvider } from './trust.ts'

/** An AuthnRequest of ours that waits for its answer. */
export interface PendingRequest {
  readonly provider: string
  readonly returnTo: string
  readonly relayState: string
  /** SHA-256 of the value that the browser holds in its cookie. */
  readonly browser: string
  readonly forceAuthn: boolean
  /** Epoch milliseconds. */
  readonly createdAt: number
}

export interface ServiceProviderOptions {
  readonly baseUrl: string
  readonly saml: SamlOptions
  /** PEM; signs requests when an identity provider wants that. */
  readonly signing?: { readonly key: string; readonly cert: string } | undefined
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
    const { fetch, copies, tell } = options
    sources.set(
      name,
      createMetadataSource({
        provider: name,
        location: metadata,
        entityId: wanted,
        fetch,
        clock,
        copies,
        tell,
      }),
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
    const judgement = judgeResponse(samlResponse, where())
    const returnTo =
      judgement.inResponseTo === undefined
        ? acceptUnsolicited(judgement, relayState, options.providers, entityId)
        : await consumeRequest(judgement.inResponseTo, judgement, { relayState, browserKey }, options)
    await markUsed(judgement, options)
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
    encryptionCerts: [],
    signsRequests: options.signing !== undefined,
    nameIdFormats: [...new Set(formats.filter((format) => format !== undefined))],
  })
}

/** Joins configuration and metadata; computed anew only when metadata changed. */
function trustedProviders(
  configured: Readonly<Record<string, IdentityProviderOptions>>,
  sources: ReadonlyMap<string, MetadataSource>,
): () => readonly TrustedProvider[] {
  let seen: readonly unknown[] = []
  let trusted: readonly TrustedProvider[] = []
  return () => {
    const now = [...sources.values()].map((source) => source.current())
    if (now.length === seen.length && now.every((metadata, index) => metadata === seen[index])) return trusted
    trusted = [...sources].flatMap(([name, source]) => {
      const options = configured[name]
      const metadata = source.current()
      if (options === undefined || metadata === undefined) return []
      return [toTrusted(name, options, metadata.entityId, metadata.keys)]
    })
    seen = now
    return trusted
  }
}

/** Context classes that stand for a second factor unless the configuration names others. */
const defaultMfaContexts = [
  'https://refeds.org/profile/mfa',
  'http://schemas.microsoft.com/claims/multipleauthn',
  'urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken',
  'urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract',
  'urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorUnregistered',
  'urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI',
]

export function toTrusted(
  name: string,
  options: IdentityProviderOptions,
  entityId: string,
  keys: TrustedProvider['keys'],
): TrustedProvider {
  return {
    name,
    entityId,
    keys,
    allowSha1: options.allowSha1,
    allowUnsolicited: options.allowUnsolicited,
    ...(options.maxAuthnAge !== undefined && { maxAuthnAge: options.maxAuthnAge * 1000 }),
    authnContext: options.authnContext,
    mfaContexts: options.mfaContexts ?? defaultMfaContexts,
    attributes: options.attributes,
  }
}

function acceptUnsolicited(
  { provider }: Judgement,
  relayState: string | undefined,
  configured: Readonly<Record<string, IdentityProviderOptions>>,
  entityId: string,
): string {
  if (!provider.allowUnsolicited) {
    throw new Refusal(
      'unsolicited',
      `${provider.name} sent a response that nobody asked for (allowUnsolicited is off)`,
    )
  }
  return unsolicitedTarget(relayState, configured[provider.name]?.unsolicitedTargets ?? [], entityId)
}

/** The response answers a request of ours, made for this provider and this browser; it is answered only once. */
async function consumeRequest(
  id: string,
  { provider, identity }: Judgement,
  browser: { relayState?: string | undefined; browserKey?: string | undefined },
  { pending, saml }: ServiceProviderOptions,
): Promise<string> {
  const request = await pending.get(id)
  if (request === undefined) {
    throw new Refusal('in_response_to_mismatch', 'the request is unknown, expired or already answered')
  }
  if (request.provider !== provider.name) {
    throw new Refusal('in_response_to_mismatch', `the request was sent to ${request.provider}`)
  }
  if (browser.browserKey === undefined || !equal(request.browser, hash(browser.browserKey))) {
    throw new Refusal(
      'in_response_to_mismatch',
      'another browser started this sign-in, or cookies are blocked',
    )
  }
  if (browser.relayState && !equal(hash(browser.relayState), hash(request.relayState))) {
    throw new Refusal('relay_state', 'RelayState is not the one of the request')
  }
  if (request.forceAuthn && identity.authnInstant < request.createdAt - saml.clockSkew * 1000) {
    throw new Refusal('authn_too_old', 'a fresh authentication was asked for (ForceAuthn) and not made')
  }
  if ((await pending.take(id)) === undefined) {
    throw new Refusal(
      'in_response_to_mismatch',
      'the request was answered by another message at the same time',
    )
  }
  return request.returnTo
}

/** One assertion opens one session, on whichever node it arrives (SAML Profiles §4.1.4.5). */
async function markUsed(judgement: Judgement, { replays, clock }: ServiceProviderOptions): Promise<void> {
  const mark = hash(`${judgement.provider.entityId}\n${judgement.assertionId}`)
  if (!(await replays.putIfAbsent(mark, { usedAt: clock() }, judgement.replayableUntil))) {
    throw new Refusal('replayed', `assertion ${judgement.assertionId} was already used`)
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
