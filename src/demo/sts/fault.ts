/** AWS's own codes for what the local STS refuses, with the HTTP status each is sent with. */
export const faultStatus = {
  AccessDenied: 403,
  ExpiredToken: 403,
  ExpiredTokenException: 400,
  IDPCommunicationError: 400,
  IDPRejectedClaim: 403,
  IncompleteSignature: 400,
  InsufficientSessionLifetimeException: 400,
  InvalidAction: 400,
  InvalidAuthorizationMessageException: 400,
  InvalidClientTokenId: 403,
  InvalidIdentityToken: 400,
  InvalidSubjectCredentialsException: 400,
  MalformedInput: 400,
  MalformedPolicyDocument: 400,
  MissingAction: 400,
  MissingAuthenticationToken: 403,
  NoSuchVersion: 400,
  PackedPolicyTooLarge: 400,
  RegionDisabledException: 403,
  RequestEntityTooLarge: 413,
  ServiceUnavailable: 503,
  SignatureDoesNotMatch: 403,
  ValidationError: 400,
} as const

export type FaultCode = keyof typeof faultStatus

/** How the local STS says no: in AWS's words, which are not Rolebridge's. */
export class StsFault extends Error {
  readonly code: FaultCode

  constructor(code: FaultCode, message: string) {
    super(message)
    this.name = 'StsFault'
    this.code = code
  }
}
