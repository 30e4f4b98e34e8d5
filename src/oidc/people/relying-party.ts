import {
  checkStepUp,
  type Identity,
  namingWhose,
  Refusal,
  type SignInWords,
  type StepUpUnderWay,
} from '../../core/index.ts'
import type { Line } from '../issuer/ask.ts'
import type { Time } from '../issuer/claims.ts'
import { createIssuerSource } from '../issuer/issuer-source.ts'
import { proveSigned, readSignedToken } from '../issuer/signed-token.ts'
import { beginCodeFlow, type OpenIdAsk } from './begin.ts'
import { checkAnswer, consumeState, type OpenIdAnswer, readParameters } from './callback.ts'
import { redeemCode } from './exchange.ts'
import { judgeIdToken, wordsOf } from './id-token.ts'
import { identityOf } from './identity.ts'
import { beginLogout, judgeLogoutToken, type LogoutNews, subjectKey } from './logout.ts'
import { callbackPath, callbacksOf, type Provider, type RelyingPartyOptions, tokenRules } from './parts.ts'
import { fetchUserinfo } from './userinfo.ts'

/** Who signed in at an OpenID provider. */
export interface OpenIdSignIn {
  readonly identity: Identity
  /** A local path. */
  readonly returnTo: string
  /** The ID token: proves to the provider later whom we sign out. */
  readonly idToken: string
  /** It answers this wish, and brings what was asked for. */
  readonly stepUp?: StepUpUnderWay | undefined
  /** The session that the browser held when it set out. */
  readonly heldSession?: string | undefined
}

export interface RelyingParty {
  providers(): readonly { readonly name: string; readonly label: string }[]
  /** How the provider of this name says in which way people sign in; undefined when there is none. */
  signInWords(provider: string): SignInWords | undefined
  /** Whether the provider of this name is configured and has this issuer. */
  trusts(provider: string, issuer: string): boolean
  begin(ask: OpenIdAsk): ReturnType<typeof beginCodeFlow>
  /** Judges what the browser came back with, redeems its code and judges what that yields. Throws `Refusal`. */
  accept(answer: OpenIdAnswer): Promise<OpenIdSignIn>
  /** A form that signs the person out at their provider; undefined where that is not offered. */
  beginLogout(provider: string, idToken: string | undefined): ReturnType<typeof beginLogout>
  /** Whether the browser that came back was sent away by us to be signed out: once for each. */
  endLogout(state: string | undefined): Promise<boolean>
  /** Judges a logout token. The caller ends the sessions. Throws `Refusal`. */
  acceptLogout(logoutToken: string): Promise<LogoutNews>
  /** Loads what every issuer says of itself and keeps it fresh. Resolves when each was tried once. */
  start(): Promise<void>
  /** Names of providers that were never loaded. */
  missing(): readonly string[]
  stop(): void
}

/** The relying party of OpenID Connect: people who sign in by browser, with the code flow. */
export function createRelyingParty(options: RelyingPartyOptions): RelyingParty {
  const { clock, baseUrl } = options
  const providers = new Map(
    Object.keys(options.providers).map((name) => [name, providerOf(name, options)] as const),
  )
  const time = (): Time => ({ now: clock(), skew: options.clockSkew * 1000 })
  const configuredAs = (name: string): Provider => {
    const found = providers.get(name)
    if (found === undefined) throw new Refusal('not_found', `no OpenID provider ${name.slice(0, 60)}`)
    return found
  }

  const judge = async (
    { query, path, browserKey }: OpenIdAnswer,
    isOf: (idp: string) => void,
  ): Promise<OpenIdSignIn> => {
    const parameters = readParameters(query)
    const pending = await consumeState(parameters, browserKey, options)
    const provider = configuredAs(pending.provider)
    isOf(provider.name)
    const { name, source, proof } = provider
    const discovery = source.current()?.discovery
    if (discovery === undefined)
      throw new Refusal('identity_provider_unavailable', `${name} is not loaded any more`)
    checkAnswer(parameters, path, provider, discovery)
    const line = lineOf(provider, options)
    const redeemed = await redeemCode({
      line,
      discovery,
      options: provider.options,
      proof,
      pending,
      state: parameters.get('state') ?? '',
      arrival: new URL(`${baseUrl}${provider.callback}?${query}`),
      clockOffset: Math.round(options.clockOffset() / 1000),
      clockSkew: options.clockSkew,
    })
    const token = readSignedToken(redeemed.idToken, tokenRules)
    await proveSigned(token, { source, codes: tokenRules.codes })
    const proven = judgeIdToken(token.claims, provider.options, pending, time())
    if (redeemed.objection !== undefined) throw new Refusal('verifiers_disagree', redeemed.objection)
    const more = provider.options.userinfo
      ? await fetchUserinfo(line, discovery.userinfo_endpoint, redeemed.accessToken, proven.subject)
      : {}
    const identity = identityOf(name, { ...more, ...token.claims }, proven, provider.options)
    if (pending.stepUp) checkStepUp(pending.stepUp, identity)
    await rememberSubject(identity, options)
    const { returnTo, stepUp, heldSession } = pending
    return { identity, returnTo, idToken: redeemed.idToken, stepUp, heldSession }
  }

  return {
    providers: () =>
      [...providers.values()].map(({ name, options: { label } }) => ({ name, label: label ?? name })),
    signInWords: (name) => {
      const found = providers.get(name)
      return found && wordsOf(found.options)
    },
    trusts: (name, issuer) => providers.get(name)?.options.issuer === issuer,
    begin: async (ask) => beginCodeFlow(ask, configuredAs(ask.idp), options),
    accept: (answer) => namingWhose((isOf) => judge(answer, isOf)),
    beginLogout: async (name, idToken) => {
      const provider = providers.get(name)
      return provider && idToken !== undefined ? beginLogout(provider, idToken, options) : undefined
    },
    endLogout: async (state) => state !== undefined && (await options.logouts.take(state)) !== undefined,
    acceptLogout: (text) =>
      namingWhose((isOf) => judgeLogoutToken(text, [...providers.values()], time(), { ...options, isOf })),
    start: async () => {
      await Promise.all([...providers.values()].map(({ source }) => source.refresh()))
      for (const { source } of providers.values()) source.start()
    },
    missing: () =>
      [...providers.values()].filter(({ source }) => source.current() === undefined).map(({ name }) => name),
    stop: () => {
      for (const { source } of providers.values()) source.stop()
    },
  }
}

function providerOf(name: string, options: RelyingPartyOptions): Provider {
  const configured = options.providers[name]
  if (configured === undefined) throw new TypeError(`no provider ${name}`)
  const line = lineOf({ options: configured }, options)
  const source = createIssuerSource({ ...options, ...line, provider: name })
  const { paths, shared } = callbacksOf(options.providers)
  return {
    ...{ name, options: configured, proof: options.proofs[name] ?? {}, source },
    callback: paths.get(name) ?? callbackPath,
    sharesCallback: shared.has(name),
  }
}

function lineOf({ options }: Pick<Provider, 'options'>, { fetch, resolve }: RelyingPartyOptions): Line {
  return { issuer: options.issuer, innerHosts: options.innerHosts, fetch, resolve }
}

/** Some logout tokens name a session alone; then it must be known whose it is. */
async function rememberSubject(
  { issuer, nameId, sessionIndex }: Identity,
  { subjects, clock, maxAge }: RelyingPartyOptions,
): Promise<void> {
  if (sessionIndex === undefined) return
  await subjects.put(subjectKey(issuer, sessionIndex), { nameId }, clock() + maxAge * 1000)
}
