import type { ErrorRequestHandler, Response } from 'express'
import type { Refusal } from '../../core/index.ts'
import { isOAuthError, type OAuthErrorCode } from '../../oauth/index.ts'
import type { Web } from '../deps.ts'
import { asRefusal, report } from '../pages/errors.ts'
import { nameError } from './names.ts'

/** The exceptions of SSO-OIDC for each error of OAuth; all have status 400 but two. */
const exceptions = {
  invalid_request: 'InvalidRequestException',
  invalid_client: 'InvalidClientException',
  invalid_grant: 'InvalidGrantException',
  unauthorized_client: 'UnauthorizedClientException',
  unsupported_grant_type: 'UnsupportedGrantTypeException',
  unsupported_response_type: 'InvalidRequestException',
  invalid_scope: 'InvalidScopeException',
  invalid_redirect_uri: 'InvalidRedirectUriException',
  invalid_target: 'InvalidRequestException',
  invalid_client_metadata: 'InvalidClientMetadataException',
  access_denied: 'AccessDeniedException',
  authorization_pending: 'AuthorizationPendingException',
  slow_down: 'SlowDownException',
  expired_token: 'ExpiredTokenException',
} as const satisfies Record<OAuthErrorCode, string>

/**
 * Answers every error of SSO-OIDC by header and body. A client that polls too often is told to slow down, which
 * the CLI does; one that registers too often gets what every SDK backs off on.
 */
export function oidcProblem(web: Web): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error)
    if (isOAuthError(error)) {
      const status = error.oauth === 'invalid_client' ? 401 : 400
      return send(response, status, exceptions[error.oauth], error.oauth, error.message)
    }
    const refusal = asRefusal(error)
    report(web, error, refusal, request, response)
    if (refusal === undefined) {
      return send(
        response,
        500,
        'InternalServerException',
        'server_error',
        'Something went wrong on our side.',
      )
    }
    refused(response, refusal, request.path === '/token')
  }
}

function refused(response: Response, { code, status, say }: Refusal, polls: boolean): void {
  if (code === 'too_many_requests') {
    if (polls) send(response, 400, exceptions.slow_down, 'slow_down', say)
    else send(response, 429, 'TooManyRequestsException', 'slow_down', say)
  } else if (code === 'session_required') {
    send(response, 400, exceptions.access_denied, 'access_denied', say)
  } else if (status >= 500) {
    send(response, status, 'InternalServerException', 'server_error', say)
  } else {
    // The service model has 400 for this exception, also where a body is too large.
    send(response, 400, exceptions.invalid_request, 'invalid_request', say)
  }
}

function send(response: Response, status: number, name: string, error: string, say: string): void {
  nameError(response, status, name).json({ error, error_description: say, message: say })
}
