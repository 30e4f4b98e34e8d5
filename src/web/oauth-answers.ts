import type { ErrorRequestHandler, Response } from 'express'
import { Refusal } from '../core/index.ts'
import { isOAuthError, type Tokens } from '../oauth/index.ts'

/** A token response (RFC 6749 §5.1). */
export function sendTokens(
  response: Response,
  { accessToken, refreshToken, expiresIn, scope, session }: Tokens,
) {
  response.set('Pragma', 'no-cache').json({
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: expiresIn,
    refresh_token: refreshToken,
    ...(scope !== undefined && { scope }),
    session_expires_at: new Date(session.expiresAt).toISOString(),
  })
}

/** An error response (RFC 6749 §5.2): the same shape for a refusal of our own. Faults go on to the error page. */
export const oauthProblem: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) return next(error)
  if (isOAuthError(error))
    return send(response, error.oauth === 'invalid_client' ? 401 : 400, error.oauth, error.message)
  if (!(error instanceof Refusal))
    return unreadable(error)
      ? send(response, 400, 'invalid_request', 'The request could not be read.')
      : next(error)
  const { code, status, say } = error
  if (code === 'too_many_requests') return send(response, status, 'slow_down', say)
  if (status >= 500) return send(response, status, 'temporarily_unavailable', say)
  send(
    response,
    status === 413 ? 413 : 400,
    code === 'session_required' ? 'access_denied' : 'invalid_request',
    say,
  )
}

/** Errors of the body parser carry a status below 500. */
function unreadable(error: unknown): boolean {
  const status = (error as { status?: unknown } | undefined)?.status
  return typeof status === 'number' && status >= 400 && status < 500
}

function send(response: Response, status: number, error: string, description: string): void {
  response.status(status).json({ error, error_description: description })
}
