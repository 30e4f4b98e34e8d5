import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { type GrantedTokens, oauthError, type RegisteredClient } from '../../../oauth/index.ts'
import { awsClients, awsGrants, deviceGrant } from '../../aws/client-registrations.ts'
import { jsonReader, readBody, text } from '../../aws/json.ts'
import { nameAnswer } from '../../aws/names.ts'
import { oidcProblem } from '../../aws/oidc-errors.ts'
import type { Route, Web } from '../../deps.ts'
import { rateLimit } from '../../guards/rate-limit.ts'
import { agentHeader, clientInfo, requestContext } from '../../request.ts'

const texts = (most: number, longest: number) => z.array(text(longest)).max(most).nullish()

const registerBody = z.object({
  clientName: text(512),
  clientType: text(64),
  scopes: texts(16, 128),
  redirectUris: texts(8, 512),
  grantTypes: texts(8, 128),
})

const credentials = { clientId: text(8192), clientSecret: text(512) }

/** The start URL only names an organisation; whoever came here means this one. */
const deviceBody = z.object({ ...credentials, startUrl: text(2048) })

const tokenBody = z.object({
  ...credentials,
  grantType: text(128),
  deviceCode: text(512).nullish(),
  code: text(512).nullish(),
  redirectUri: text(512).nullish(),
  codeVerifier: text(512).nullish(),
  refreshToken: text(512).nullish(),
  scope: texts(16, 128),
})

/**
 * SSO-OIDC, the sign-in protocol of AWS IAM Identity Center, over the same grants as our own command line. Paths
 * are at the root because clients drop the path of an endpoint.
 */
export const awsOidcRoutes: Route = (web) => {
  const clients = awsClients(web)
  const starts = web.limits?.signIns ?? 300
  return Router()
    .post(
      '/client/register',
      rateLimit(web, 'client registration', starts),
      jsonReader,
      (request, response) => {
        const body = readBody(request, registerBody)
        if (body.clientType !== 'public') {
          throw oauthError('invalid_client_metadata', 'clientType', 'clientType must be public.')
        }
        const registered = clients.register({
          clientName: body.clientName,
          // Older clients name none: they know the device flow only.
          grantTypes: body.grantTypes?.length ? body.grantTypes : [deviceGrant, 'refresh_token'],
          redirectUris: body.redirectUris ?? [],
          scopes: body.scopes ?? [],
        })
        nameAnswer(response).json({
          clientId: registered.clientId,
          clientSecret: registered.clientSecret,
          clientIdIssuedAt: Math.floor(registered.issuedAt / 1000),
          clientSecretExpiresAt: Math.floor(registered.expiresAt / 1000),
          authorizationEndpoint: `${web.origin}/authorize`,
          tokenEndpoint: `${web.origin}/token`,
        })
      },
    )
    .post(
      '/device_authorization',
      rateLimit(web, 'aws device', starts),
      jsonReader,
      async (request, response) => {
        const { clientId, clientSecret } = readBody(request, deviceBody)
        const client = clients.authenticate(clientId, clientSecret)
        mayUse(client, deviceGrant)
        const asksTwice = /(?:^| )aws-cli\/2\./.test(request.get('user-agent') ?? '')
        const scope = client.scopes.join(' ')
        const asked = { ...clientInfo(request), ...agentHeader(request), ...(scope && { scope }) }
        nameAnswer(response).json(await web.oauth.startDeviceAuthorization({ ...client, asksTwice }, asked))
      },
    )
    .post('/token', rateLimit(web, 'aws code', polls), jsonReader, async (request, response) => {
      const body = readBody(request, tokenBody)
      const client = clients.authenticate(body.clientId, body.clientSecret)
      sendTokens(response, await exchange(web, client, body, request, response))
    })
    .use(oidcProblem(web))
}

/** Requests a minute from one address: a hundred people behind it may wait for their approvals. */
const polls = 1200

function exchange(
  web: Web,
  client: RegisteredClient,
  body: z.output<typeof tokenBody>,
  request: Request,
  response: Response,
): Promise<GrantedTokens> {
  const { grantType } = body
  if (!awsGrants.includes(grantType)) throw oauthError('unsupported_grant_type', 'no such grant')
  mayUse(client, grantType)
  if (body.scope?.some((one) => !client.scopes.includes(one))) {
    throw oauthError('invalid_scope', 'a scope that was not registered')
  }
  const parameters = {
    grant_type: grantType,
    device_code: body.deviceCode ?? undefined,
    code: body.code ?? undefined,
    redirect_uri: body.redirectUri ?? undefined,
    code_verifier: body.codeVerifier ?? undefined,
    refresh_token: body.refreshToken ?? undefined,
  }
  return web.oauth.token(client, parameters, requestContext(request, response, 'aws-sso'))
}

/** A client may do what it registered for, and nothing else. */
function mayUse({ grantTypes }: RegisteredClient, grant: string): void {
  if (!grantTypes.includes(grant)) throw oauthError('unauthorized_client', `registered without ${grant}`)
}

/** The refresh token is always there: SDKs overwrite what they have with what came. */
function sendTokens(response: Response, { accessToken, refreshToken, expiresIn }: GrantedTokens): void {
  nameAnswer(response).json({ accessToken, tokenType: 'Bearer', expiresIn, refreshToken })
}
