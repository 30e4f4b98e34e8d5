import { type Request, type RequestHandler, type Response, Router } from 'express'
import { type Client, oauthError, oauthGrants, rolebridgeCli, tokenExchange } from '../../../oauth/index.ts'
import { askedOf } from '../../api/asked.ts'
import { oauthProblem, sendTokens } from '../../api/oauth-answers.ts'
import type { Route } from '../../deps.ts'
import { rateLimit } from '../../guards/rate-limit.ts'
import { field, requestContext } from '../../request.ts'

/** Requests a minute from one address: a hundred terminals of one office that wait for approval at once. */
const polls = 1200

/** The authorization server for programs (RFC 8414, 8628, 6749, 7009, 8693). No cookie plays a part here. */
export const oauthRoutes: Route = (web) => {
  const context = (request: Request, response: Response) => requestContext(request, response, 'cli')
  const exchanges = rateLimit(web, 'exchange', web.limits?.signIns ?? 300)
  // Each exchange is a sign-in, with a record of its own whatever comes of it.
  const limitExchanges: RequestHandler = (request, response, next) =>
    isExchange(request) ? exchanges(request, response, next) : next()
  return Router()
    .get('/.well-known/oauth-authorization-server', (_request, response) => {
      response.set('Cache-Control', 'public, max-age=300').json(serverMetadata(web.baseUrl))
    })
    .post(
      '/oauth/device_authorization',
      rateLimit(web, 'device', web.limits?.signIns ?? 300),
      web.form,
      async (request, response) => {
        const client = publicClient(request.body)
        const started = await web.oauth.startDeviceAuthorization(client, askedOf(request, request.body))
        response.json({
          device_code: started.deviceCode,
          user_code: started.userCode,
          verification_uri: started.verificationUri,
          verification_uri_complete: started.verificationUriComplete,
          expires_in: started.expiresIn,
          interval: started.interval,
        })
      },
    )
    .post(
      '/oauth/token',
      rateLimit(web, 'code', polls),
      web.form,
      limitExchanges,
      async (request, response) => {
        const client =
          isExchange(request) && namesNobody(request) ? rolebridgeCli : publicClient(request.body)
        const parameters = Object.fromEntries(
          tokenParameters.map((name) => [name, field(request.body, name, longest[name])] as const),
        )
        sendTokens(response, await web.oauth.token(client, parameters, context(request, response)))
      },
    )
    .post('/oauth/revoke', rateLimit(web, 'revocation', polls), web.form, async (request, response) => {
      const client = publicClient(request.body)
      const given = field(request.body, 'token')
      if (!given) throw oauthError('invalid_request', 'token is missing', 'The parameter token is missing.')
      await web.oauth.revoke(client, given, context(request, response))
      response.status(200).json({})
    })
    .use('/oauth', oauthProblem)
}

const tokenParameters = [
  'grant_type',
  'device_code',
  'code',
  'redirect_uri',
  'code_verifier',
  'refresh_token',
  'subject_token',
  'subject_token_type',
  'requested_token_type',
  'audience',
  'resource',
  'actor_token',
  'scope',
] as const

/** Characters of a parameter that may be longer than others; the judge of it has a bound of its own. */
const longest: Partial<Record<(typeof tokenParameters)[number], number>> = {
  subject_token: 15_000,
  scope: 256,
}

/** A workload's token says enough of who asks: it needs not name our public client (RFC 8693 §2.1). */
const isExchange = ({ body }: Request) => field(body, 'grant_type') === tokenExchange
const namesNobody = ({ body }: Request) => field(body, 'client_id') === undefined

/** These addresses serve our own public client; clients with secrets have a protocol of their own. */
export function publicClient(source: unknown): Client {
  if (field(source, 'client_id') !== rolebridgeCli.id) throw oauthError('invalid_client', 'unknown client_id')
  return rolebridgeCli
}

/** RFC 8414 §2, RFC 8628 §4, RFC 9207 §3. */
function serverMetadata(baseUrl: string) {
  return {
    issuer: baseUrl,
    authorization_endpoint: `${baseUrl}/oauth/authorize`,
    token_endpoint: `${baseUrl}/oauth/token`,
    device_authorization_endpoint: `${baseUrl}/oauth/device_authorization`,
    revocation_endpoint: `${baseUrl}/oauth/revoke`,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: Object.keys(oauthGrants),
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none'],
    revocation_endpoint_auth_methods_supported: ['none'],
    authorization_response_iss_parameter_supported: true,
    service_documentation: `${baseUrl}/api/v1/openapi.json`,
  }
}
