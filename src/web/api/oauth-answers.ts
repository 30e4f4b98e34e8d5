import type { ErrorRequestHandler, Response } from 'express'
import { Refusal } from '../../core/index.ts'
import { type GrantedTokens, isOAuthError } from '../../oauth/index.ts'

/** A token response (RFC 6749 §5.1). */
export function sendTokens(
  response: Response,
  { accessToken, refreshToken, issuedTokenType, expiresIn, scope, session }: GrantedTokens,
) {
  response.set('Pragma', 'no-cache').json({
    access_token: accessToken,
    ...(issuedTokenType !== undefined && { issued_token_type: issuedTokenType }),
    token_type: 'Bearer',
    expires_in: expiresIn,
    refresh_token: refreshToken,
    ...(scope !== undefined && { scope }),
    session_expires_at: new Date(session.expiresAt).toISOString(),
  })
}

/** An error response (RFC 6749 §5.2): the same shape for a refusal of our own. Faults go on to the error page. */
export const oauthProblem: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  const answer = response.headersSent ? undefined : answerTo(error)
  if (answer === undefined) return next(error)
  response.status(answer.status).json({ error: answer.error, error_description: answer.say })
}

function answerTo(error: unknown): { status: number; error: string; say: string } | undefined {
  if (isOAuthError(error)) {
    return { status: error.oauth === 'invalid_client' ? 401 : 400, error: error.oauth, say: error.message }
  }
  if (error instanceof Refusal) return { status: error.status, error: nameOf(error), say: error.say }
  // Errors of the body parser carry a status below 500.
  const status = Number((error as { status?: unknown } | undefined)?.status)
  if (!(status >= 400 && status < 500)) return undefined
  return { status, error: 'invalid_request', say: 'The request could not be read.' }
}

/** Where the RFCs have no word for it, the nearest that tells a client whether to try again. */
function nameOf({ code, status }: Refusal): string {
  if (code === 'too_many_requests') return 'slow_down'
  if (code === 'session_required' || code === 'locked') return 'access_denied'
  return status >= 500 ? 'temporarily_unavailable' : 'invalid_request'
}
