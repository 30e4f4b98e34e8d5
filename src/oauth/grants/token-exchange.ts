import type { RequestContext } from '../../core/index.ts'
import type { Client } from '../client.ts'
import { oauthError } from '../error.ts'
import { fingerprint, newOpaque } from '../opaque.ts'
import type { OAuthParts } from '../parts.ts'
import type { GrantedTokens } from '../tokens.ts'

/** What the client sends (RFC 8693 §2.1). */
export interface ExchangeRequest {
  readonly subjectToken: string
  readonly subjectTokenType: string
  readonly requestedTokenType?: string | undefined
  readonly audience?: string | undefined
  readonly resource?: string | undefined
  readonly actorToken?: string | undefined
  readonly scope?: string | undefined
}

const type = (name: string) => `urn:ietf:params:oauth:token-type:${name}`
const subjectTypes = [type('jwt'), type('id_token')]

/**
 * RFC 8693: a workload's own token for one of ours. It stands for a session that ends with the workload's token, so
 * there is no refresh token: who still runs then asks its platform for a new one (§2.2.1).
 */
export async function exchangeToken(
  parts: OAuthParts,
  client: Client,
  request: ExchangeRequest,
  context: RequestContext,
): Promise<GrantedTokens> {
  checkRequest(request, parts.baseUrl)
  const info = { address: context.sourceIp, userAgent: context.userAgent, name: client.name }
  const session = await parts.sessions.openWorkloadSession(request.subjectToken, info, context)
  const accessToken = newOpaque('rba_', parts.random)
  const expiresAt = session.expiresAt
  await parts.access.put(
    fingerprint(accessToken),
    { session: session.id, clientId: client.id, expiresAt },
    expiresAt,
  )
  return {
    accessToken,
    issuedTokenType: type('access_token'),
    expiresIn: Math.max(0, Math.floor((expiresAt - parts.clock()) / 1000)),
    ...(request.scope !== undefined && { scope: request.scope }),
    session,
  }
}

function checkRequest(request: ExchangeRequest, baseUrl: string): void {
  const {
    subjectTokenType,
    requestedTokenType = type('access_token'),
    audience,
    resource,
    actorToken,
  } = request
  const no = (say: string) => oauthError('invalid_request', say, say)
  if (!subjectTypes.includes(subjectTokenType))
    throw no(`subject_token_type must be ${subjectTypes.join(' or ')}.`)
  if (requestedTokenType !== type('access_token'))
    throw no(`requested_token_type can only be ${type('access_token')}.`)
  if (actorToken !== undefined) throw no('actor_token is not offered: a workload speaks for itself.')
  // §2.2.2: the token that is asked for must be one for us.
  if (audience !== undefined && audience !== baseUrl)
    throw oauthError('invalid_target', 'the audience is another', `audience can only be ${baseUrl}.`)
  if (resource !== undefined && !isOurs(resource, baseUrl))
    throw oauthError('invalid_target', 'the resource is another', `resource can only lie below ${baseUrl}.`)
}

function isOurs(resource: string, baseUrl: string): boolean {
  return URL.canParse(resource) && new URL(resource).origin === new URL(baseUrl).origin
}
