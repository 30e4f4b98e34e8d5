import { createPrivateKey, type KeyObject } from 'node:crypto'
import { Refusal, type RefusalCode } from '../core/index.ts'
import { type Judgement, judgeResponse } from './judge/response.ts'
import type { Circumstances, TrustedProvider } from './judge/trust.ts'
import { parseIdpMetadata } from './metadata/idp-metadata.ts'
import { opinions } from './opinions/index.ts'
import { type IdentityProviderOptions, identityProviderOptions, samlOptions } from './options.ts'
import { toTrusted } from './sign-in/providers.ts'

/** Whom a checker trusts, and for which service provider it judges. */
export interface CheckOptions {
  readonly acsUrl: string
  readonly audiences: readonly string[]
  /** Metadata document with what the configuration says about its identity provider. */
  readonly providers: readonly {
    readonly name: string
    readonly metadata: Buffer
    readonly options?: Partial<IdentityProviderOptions>
  }[]
  /** PEM. */
  readonly decryptionKeys: readonly string[]
  readonly saml?: Partial<ReturnType<typeof samlOptions.parse>>
  /** Epoch milliseconds. */
  readonly now: number
  /** The request that is expected to be answered, none at all, or (undefined) either. */
  readonly request?: { readonly id: string } | 'unsolicited' | undefined
}

/** What a check found, in the order in which things were looked at. */
export interface CheckReport {
  readonly accepted: boolean
  readonly code?: RefusalCode
  readonly detail?: string
  readonly checks: readonly { readonly name: string; readonly passed: boolean; readonly detail?: string }[]
  readonly signed: readonly string[]
  readonly identity?: Judgement['identity']
}

/**
 * A judge of responses outside of any server: runs exactly the code of `POST /saml/acs`, without a memory, so neither
 * replay nor the browser is judged. Throws when metadata or keys cannot be used.
 */
export function createChecker(options: CheckOptions): (response: Buffer) => CheckReport {
  const trusted = options.providers.map((one) => trust(one, options.now))
  const saml = { ...samlOptions.parse({}), ...options.saml }
  const where: Circumstances = {
    now: options.now,
    skew: saml.clockSkew * 1000,
    maxLifetime: saml.maxAssertionLifetime * 1000,
    maxMessageBytes: saml.maxMessageSize,
    acsUrl: options.acsUrl,
    audiences: options.audiences,
    decryptionKeys: options.decryptionKeys.map((pem): KeyObject => createPrivateKey(pem)),
    opinion: opinions[saml.secondOpinion],
    findProvider: (entityId) => trusted.find((one) => one.entityId === entityId),
  }
  return (response) => report(encoded(response), where, options.request)
}

function trust(
  { name, metadata, options = {} }: CheckOptions['providers'][number],
  now: number,
): TrustedProvider {
  const { entityId, keys } = parseIdpMetadata(metadata, { wanted: options.entityId, now })
  const configured = identityProviderOptions.parse({ metadata: 'given' })
  return toTrusted(name, { ...configured, ...options }, entityId, keys)
}

function report(response: string, where: Circumstances, request: CheckOptions['request']): CheckReport {
  const checks: { name: string; passed: boolean; detail?: string }[] = []
  try {
    const { identity, inResponseTo, provider, signed } = judgeResponse(response, where, (name, refusal) => {
      checks.push(
        refusal === undefined ? { name, passed: true } : { name, passed: false, detail: refusal.detail },
      )
    })
    checkRequest(inResponseTo, request, provider)
    if (request !== undefined) checks.push({ name: 'request', passed: true })
    return { accepted: true, checks, signed, identity }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { code, detail } = error
    if (checks.at(-1)?.passed !== false) checks.push({ name: 'request', passed: false, detail })
    return { accepted: false, code, detail, checks, signed: [] }
  }
}

/** What the server finds out from its store, from what the caller says instead. */
function checkRequest(
  inResponseTo: string | undefined,
  request: CheckOptions['request'],
  { allowUnsolicited }: TrustedProvider,
): void {
  if (request === 'unsolicited' && inResponseTo !== undefined) {
    throw new Refusal(
      'in_response_to_mismatch',
      `answers the request ${inResponseTo.slice(0, 100)}, expected an unsolicited response`,
    )
  }
  if (typeof request === 'object' && inResponseTo === undefined) {
    throw new Refusal('unsolicited', `answers no request, expected ${request.id}`)
  }
  if (typeof request === 'object' && inResponseTo !== request.id) {
    throw new Refusal(
      'in_response_to_mismatch',
      `answers ${String(inResponseTo).slice(0, 100)}, expected ${request.id}`,
    )
  }
  if (request === undefined && inResponseTo === undefined && !allowUnsolicited) {
    throw new Refusal('unsolicited', 'answers no request, and allowUnsolicited is off')
  }
}

/** Files hold XML, or the base64 of a form field, perhaps still percent-encoded. */
function encoded(response: Buffer): string {
  const start = response.subarray(0, 3).toString('latin1') === '\xef\xbb\xbf' ? 3 : 0
  const first = response
    .subarray(start, start + 200)
    .toString('latin1')
    .trimStart()
  if (first.startsWith('<')) return response.toString('base64')
  const text = response
    .toString('latin1')
    .trim()
    .replace(/^SAMLResponse=/, '')
    .replace(/&.*$/s, '')
  return /%[0-9A-Fa-f]{2}/.test(text)
    ? text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
    : text
}
