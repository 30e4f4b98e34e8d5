import { cannotSignInSo, Refusal } from '../../core/index.ts'
import type { Discovery } from '../issuer/discovery.ts'
import { show } from '../issuer/signed-token.ts'
import { equal, hash } from './browser.ts'
import type { PendingCode, Provider, RelyingPartyOptions } from './parts.ts'

/** What the provider sent the browser back with. */
export interface OpenIdAnswer {
  /** The query as it came, without the question mark. */
  readonly query: string
  /** The address that it came to. */
  readonly path: string
  readonly browserKey?: string | undefined
}

/** The parameters of an authorization response, each at most once (RFC 6749 §3.1). */
export function readParameters(query: string): URLSearchParams {
  if (query.length > 16_000)
    throw new Refusal('malformed_message', 'the answer is longer than 16,000 characters')
  const parameters = new URLSearchParams(query)
  const twice = [...parameters.keys()].find((name) => parameters.getAll(name).length > 1)
  if (twice === undefined) return parameters
  throw new Refusal('malformed_message', `the answer has ${show(twice)} twice`)
}

/** The answer belongs to a sign-in that this browser started, and it is the only one to it (RFC 6749 §10.12). */
export async function consumeState(
  parameters: URLSearchParams,
  browserKey: string | undefined,
  { pending }: Pick<RelyingPartyOptions, 'pending'>,
): Promise<PendingCode> {
  const state = parameters.get('state')
  if (state === null) throw mismatch('the answer has no state')
  const found = await pending.get(state)
  if (found === undefined) throw mismatch('the state is unknown, expired or already answered')
  if (browserKey === undefined || !equal(found.browser, hash(browserKey)))
    throw mismatch('another browser started this sign-in, or cookies are blocked')
  if ((await pending.take(state)) === undefined)
    throw mismatch('the state was answered by another message at the same time')
  return found
}

/**
 * Whether the provider says yes, and it is the one that was asked: with several of them one could hand on the code of
 * another (RFC 9207 §2.4, RFC 9700 §4.4.2).
 */
export function checkAnswer(
  parameters: URLSearchParams,
  path: string,
  { callback, sharesCallback }: Pick<Provider, 'callback' | 'sharesCallback'>,
  { issuer, ...metadata }: Discovery,
): void {
  if (path !== callback)
    throw new Refusal('unknown_issuer', `the answer came to ${show(path)}; expected at ${callback}`)
  const iss = parameters.get('iss')
  if (iss !== null && iss !== issuer)
    throw new Refusal('unknown_issuer', `the answer is of ${show(iss)}; ${issuer} was asked`)
  if (iss === null && (sharesCallback || metadata.authorization_response_iss_parameter_supported === true))
    throw new Refusal('unknown_issuer', 'the answer does not say of whom it is (iss), as this issuer’s do')
  const error = parameters.get('error')
  if (error !== null) {
    const why = parameters.get('error_description') ?? ''
    throw new Refusal('status_not_success', `${show(error)} ${why && show(why.slice(0, 300))}`.trim(), {
      // OpenID Connect Core Unmet Authentication Requirements §2: it does not have the acr that was essential.
      ...(error === 'unmet_authentication_requirements' && { say: cannotSignInSo }),
    })
  }
  if (!parameters.get('code')) throw new Refusal('malformed_message', 'the answer has no code')
}

const mismatch = (detail: string) => new Refusal('state_mismatch', detail)
