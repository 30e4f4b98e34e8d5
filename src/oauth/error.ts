/**
 * The errors of RFC 6749 §4.1.2.1 and §5.2, RFC 8693 §2.2.2, RFC 7591 §3.2.2, RFC 8628 §3.5 and RFC 7009 §2.2.1, with what the client
 * is told.
 * Each protocol that is served over these grants translates the code into its own shape.
 */
export const oauthErrors = {
  invalid_request: 'The request could not be understood.',
  invalid_client: 'This client is not known.',
  invalid_grant: 'The code or token is not valid, has expired, or was used already.',
  unauthorized_client: 'This client may not do that.',
  unsupported_grant_type: 'This kind of grant is not offered.',
  unsupported_response_type: 'Only the response type “code” is offered.',
  invalid_scope: 'This scope is not offered.',
  invalid_redirect_uri: 'The answer may only go to this computer.',
  invalid_target: 'A token for that place is not offered.',
  invalid_client_metadata: 'What the client says of itself could not be understood.',
  access_denied: 'The request was denied.',
  authorization_pending: 'Nobody has approved this yet.',
  slow_down: 'Please ask less often: five seconds more between two requests.',
  expired_token: 'The code has expired. Please start again.',
} as const

export type OAuthErrorCode = keyof typeof oauthErrors

/** An expected no of the protocol. `message` is for the client; `detail` is for the log and holds no secret. */
export interface OAuthError extends Error {
  readonly oauth: OAuthErrorCode
  readonly detail: string
}

/** Makes an error to throw. `say` replaces the table's sentence where a more helpful one is safe to show. */
export function oauthError(oauth: OAuthErrorCode, detail: string, say?: string): OAuthError {
  return Object.assign(new Error(say ?? oauthErrors[oauth]), { name: 'OAuthError', oauth, detail })
}

export function isOAuthError(error: unknown): error is OAuthError {
  return error instanceof Error && 'oauth' in error && String(error.oauth) in oauthErrors
}
