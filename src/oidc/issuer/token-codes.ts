import type { RefusalCode } from '../../core/index.ts'

/** What can be wrong with a token, whoever brings it. */
type TokenFault =
  | 'malformed'
  | 'twice'
  | 'algorithm'
  | 'unsigned'
  | 'critical'
  | 'unavailable'
  | 'key'
  | 'signature'
  | 'issuer'
  | 'audience'
  | 'times'
  | 'expired'
  | 'early'
  | 'old'

/** Under which code each fault is refused: what is said, and with which status, differs with who brings the token. */
export type TokenCodes = Readonly<Record<TokenFault, RefusalCode>>

/** Tokens by which people sign in, and are signed out. */
export const codesForPeople: TokenCodes = {
  malformed: 'malformed_message',
  twice: 'duplicate_claim',
  algorithm: 'signature_algorithm',
  unsigned: 'signature_missing',
  critical: 'malformed_message',
  unavailable: 'identity_provider_unavailable',
  key: 'unknown_key',
  signature: 'signature_invalid',
  issuer: 'unknown_issuer',
  audience: 'audience_mismatch',
  times: 'malformed_message',
  expired: 'expired',
  early: 'not_yet_valid',
  old: 'expired',
}

/** Tokens of programs without a browser. */
export const codesForWorkloads: TokenCodes = {
  malformed: 'workload_malformed',
  twice: 'workload_malformed',
  algorithm: 'workload_algorithm',
  unsigned: 'workload_malformed',
  critical: 'workload_critical_header',
  unavailable: 'workload_issuer_unavailable',
  key: 'workload_key',
  signature: 'workload_signature',
  issuer: 'workload_issuer',
  audience: 'workload_audience',
  times: 'workload_claims',
  expired: 'workload_expired',
  early: 'workload_not_yet_valid',
  old: 'workload_too_old',
}
