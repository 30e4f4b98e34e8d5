import { type Request, type Response, Router } from 'express'
import { Refusal } from '../../../core/index.ts'
import {
  type AuthorizationRequest,
  type Client,
  checkAuthorization,
  checkRedirect,
  isOAuthError,
  redirectWith,
} from '../../../oauth/index.ts'
import { askedOf } from '../../api/asked.ts'
import type { Route, Web } from '../../deps.ts'
import { checkCsrf } from '../../guards/csrf.ts'
import { deliberateFields, judgePress } from '../../guards/deliberate.ts'
import { isFromElsewhere } from '../../guards/elsewhere.ts'
import { allowFormTo } from '../../guards/headers.ts'
import { personOf } from '../../guards/person.ts'
import { rateLimit } from '../../guards/rate-limit.ts'
import { requireRedeemable } from '../../guards/redeemable.ts'
import { tabOnly } from '../../guards/tab-only.ts'
import { boundRoles } from '../../pages/bound-roles.ts'
import { requestView } from '../../pages/device-view.ts'
import { page, seeOther } from '../../pages/render.ts'
import { stepUpFirst } from '../../pages/step-up-page.ts'
import { clientInfo, field, requestContext } from '../../request.ts'
import { publicClient } from '../api/oauth.ts'

/** Finds the client that a browser was sent by; undefined when it is not known. */
type FindClient = (source: unknown) => Client | undefined | Promise<Client | undefined>

/**
 * The browser's side of the authorization code grant at `path`: a page that asks the person (a program on a
 * loopback port proves nothing, RFC 8252 §8.6), and the form it sends.
 */
export function authorizeRoutes(path: string, findClient: FindClient): Route {
  return (web) =>
    Router()
      .get(
        path,
        tabOnly,
        rateLimit(web, path, web.limits?.signIns ?? 300),
        async (request, response, next) => {
          const { client, redirectUri, authorization } = await readRequest(request.query, findClient)
          const fault = faultOf(authorization)
          if (fault) return answer(response, web, redirectUri, { ...fault, state: authorization.state })
          response.locals.client = client
          next()
        },
      )
      .get(path, ...web.signedIn, requireRedeemable(web), (request, response) =>
        showRequest(web, path, request, response, isFromElsewhere(request, web) ? 'elsewhere' : 'first'),
      )
      .post(path, ...web.signedIn, requireRedeemable(web), web.form, async (request, response) => {
        checkCsrf(request, web.origin)
        const { client, redirectUri, authorization } = await readRequest(request.body, findClient)
        const fault = faultOf(authorization)
        if (fault) throw new Refusal('invalid_request', fault.error_description)
        if (field(request.body, 'decision') !== 'approve') {
          const denied = { error: 'access_denied', error_description: 'The person said no.' }
          return answer(response, web, redirectUri, { ...denied, state: authorization.state })
        }
        const wanted = askedOf(request, request.body)
        const way = { returnTo: backTo(path, request.body), began: false }
        if (await stepUpFirst(web, request, response, wanted, way)) return
        const verdict = judgePress(web, request, purposeOf(path, request.body))
        if (verdict !== 'act') {
          response.locals.client = client
          return showRequest(web, path, request, response, verdict === 'confirm' ? 'sure' : 'hasty')
        }
        const approval = { session: personOf(response), asked: askedOf(request, request.body) }
        const context = requestContext(request, response, 'portal')
        seeOther(response, await web.oauth.authorize(client, authorization, approval, context))
      })
}

/** `GET,POST /oauth/authorize` for our own command line. */
export const oauthAuthorizeRoutes: Route = authorizeRoutes('/oauth/authorize', (source) => {
  try {
    return publicClient(source)
  } catch (error) {
    if (isOAuthError(error)) return undefined
    throw error
  }
})

/** Client and redirect target must hold before anything is sent to that target (RFC 6749 §4.1.2.1). */
async function readRequest(source: unknown, findClient: FindClient) {
  const client = await findClient(source)
  if (client === undefined) {
    throw new Refusal('invalid_request', 'unknown client', {
      say: 'The program that sent you here is not known.',
    })
  }
  const authorization: AuthorizationRequest = {
    responseType: field(source, 'response_type'),
    redirectUri: field(source, 'redirect_uri'),
    state: field(source, 'state'),
    scope: field(source, 'scope') ?? field(source, 'scopes'),
    codeChallenge: field(source, 'code_challenge'),
    codeChallengeMethod: field(source, 'code_challenge_method'),
  }
  try {
    return { client, redirectUri: checkRedirect(client, authorization.redirectUri), authorization }
  } catch (error) {
    if (!isOAuthError(error)) throw error
    throw new Refusal('invalid_request', error.detail, {
      say: 'The program that sent you here wants the answer at an address that is not its own.',
    })
  }
}

function faultOf(authorization: AuthorizationRequest) {
  try {
    checkAuthorization(authorization)
    return undefined
  } catch (error) {
    if (!isOAuthError(error)) throw error
    return { error: error.oauth, error_description: error.message }
  }
}

const answer = (
  response: Response,
  web: Web,
  redirectUri: string,
  parameters: Record<string, string | undefined>,
) => seeOther(response, redirectWith(redirectUri, { ...parameters, iss: web.baseUrl }))

/** Why the page is shown: asked for, asked for by another site's page, asked once more, or answered too soon. */
type Occasion = 'first' | 'elsewhere' | 'sure' | 'hasty'

async function showRequest(
  web: Web,
  path: string,
  request: Request,
  response: Response,
  occasion: Occasion,
): Promise<void> {
  const client: Client = response.locals.client
  const source = request.method === 'POST' ? request.body : request.query
  const asked = askedOf(request, source)
  const way = { returnTo: backTo(path, source), began: true }
  if (occasion === 'first' && (await stepUpFirst(web, request, response, asked, way))) return
  const redirectUri = field(source, 'redirect_uri') ?? ''
  // Another site may have led here to begin with: after a press that came too soon there is no telling.
  const step = occasion === 'hasty' ? 'elsewhere' : occasion
  allowFormTo(response, redirectUri)
  if (occasion === 'hasty') response.status(409)
  page(response, 'device', {
    title: 'Let this program in?',
    action: path,
    fields: [...carried(source), ...deliberateFields(web, request, purposeOf(path, source), step)],
    sure: occasion === 'sure',
    hasty: occasion === 'hasty',
    broughtHere: occasion === 'elsewhere',
    ...requestView(
      { ...asked, client: client.name, createdAt: web.clock() },
      await boundRoles(web, request, response, asked),
      clientInfo(request),
      web.clock(),
    ),
    loopback: new URL(redirectUri).host,
  })
}

const carried = (source: unknown): [string, string][] =>
  kept.flatMap((name): [string, string][] => {
    const value = field(source, name)
    return value === undefined ? [] : [[name, value]]
  })

const backTo = (path: string, source: unknown) => `${path}?${new URLSearchParams(carried(source))}`

/** What exactly is approved: all that the form carries. */
const purposeOf = (path: string, source: unknown) => JSON.stringify([path, ...carried(source)])

/** What the form carries on. */
const kept = [
  'client_id',
  'response_type',
  'redirect_uri',
  'state',
  'scope',
  'scopes',
  'code_challenge',
  'code_challenge_method',
  'client_name',
  'host_name',
  'role',
  'duration',
  'agent',
  'step_up',
]
