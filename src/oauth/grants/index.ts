import type { RequestContext } from '../../core/index.ts'
import type { Client } from '../client.ts'
import { oauthError } from '../error.ts'
import type { OAuthParts } from '../parts.ts'
import type { GrantedTokens } from '../tokens.ts'
import { exchangeCode } from './authorization-code.ts'
import { pollDevice } from './device-code.ts'
import { refresh } from './refresh-token.ts'
import { exchangeToken } from './token-exchange.ts'

/** The parameters of a token request, by their names in the RFCs. */
export type TokenParameters = Readonly<Record<string, string | undefined>>

type Grant = (
  parts: OAuthParts,
  client: Client,
  parameters: TokenParameters,
  context: RequestContext,
) => Promise<GrantedTokens>

/** RFC 8693 §2.1. */
export const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** Ways to come to tokens, by `grant_type`. */
export const oauthGrants = {
  'urn:ietf:params:oauth:grant-type:device_code': (parts, client, parameters, context) =>
    pollDevice(parts, client, need(parameters, 'device_code'), context),
  authorization_code: (parts, client, parameters, context) => {
    const code = need(parameters, 'code')
    const redirectUri = need(parameters, 'redirect_uri')
    const codeVerifier = need(parameters, 'code_verifier')
    return exchangeCode(parts, client, { code, redirectUri, codeVerifier }, context)
  },
  refresh_token: (parts, client, parameters, context) =>
    refresh(parts, client, need(parameters, 'refresh_token'), context),
  [tokenExchange]: (parts, client, parameters, context) => {
    const subjectToken = need(parameters, 'subject_token')
    const subjectTokenType = need(parameters, 'subject_token_type')
    const { requested_token_type, audience, resource, actor_token, scope } = parameters
    const rest = {
      requestedTokenType: requested_token_type,
      audience,
      resource,
      actorToken: actor_token,
      scope,
    }
    return exchangeToken(parts, client, { subjectToken, subjectTokenType, ...rest }, context)
  },
} satisfies Record<string, Grant>

function need(parameters: TokenParameters, name: string): string {
  const value = parameters[name]
  if (value) return value
  throw oauthError('invalid_request', `${name} is missing`, `The parameter ${name} is missing.`)
}

/** A token request of a client that the caller has authenticated. Throws an `OAuthError` for every expected no. */
export async function grantTokens(
  parts: OAuthParts,
  client: Client,
  parameters: TokenParameters,
  context: RequestContext,
): Promise<GrantedTokens> {
  const type = need(parameters, 'grant_type')
  if (!Object.hasOwn(oauthGrants, type)) throw oauthError('unsupported_grant_type', 'no such grant')
  return oauthGrants[type as keyof typeof oauthGrants](parts, client, parameters, context)
}
