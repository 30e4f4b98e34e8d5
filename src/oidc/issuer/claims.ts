import { Refusal } from '../../core/index.ts'
import { show } from './signed-token.ts'
import type { TokenCodes } from './token-codes.ts'

type Claims = Readonly<Record<string, unknown>>

/** When a token is judged: epoch milliseconds, and what is tolerated. */
export interface Time {
  readonly now: number
  /** By how much the clocks may differ. */
  readonly skew: number
  /** The same for the end, where it is less. */
  readonly skewAtEnd?: number
  /** How long ago a token may have been made. */
  readonly maxAge?: number
}

/** OpenID Connect Core §3.1.3.7.2: letter by letter. */
export function checkIssuer({ iss }: Claims, issuer: string, codes: TokenCodes): void {
  if (iss !== issuer) throw new Refusal(codes.issuer, `iss is ${show(iss)}; expected ${issuer}`)
}

/** OpenID Connect Core §3.1.3.7.3–5: for us, and nobody else is its authorized party. */
export function checkParty({ aud, azp }: Claims, clientId: string, codes: TokenCodes): void {
  const audiences = Array.isArray(aud) ? aud : [aud]
  if (!audiences.every((one) => typeof one === 'string') || !audiences.includes(clientId))
    throw new Refusal(codes.audience, `aud is ${show(aud)}; expected ${clientId}`)
  if (azp !== undefined && azp !== clientId)
    throw new Refusal(codes.audience, `azp is ${show(azp)}; expected ${clientId}`)
  if (azp === undefined && audiences.length > 1)
    throw new Refusal(codes.audience, `aud is ${show(aud)}, and no azp says for whom it was made`)
}

/** RFC 7519 §4.1.3. A token that somebody else takes as well could come from there: all of its audiences are ours. */
export function checkAudiences({ aud }: Claims, ours: readonly string[], codes: TokenCodes): void {
  const named = [aud].flat()
  if (named.length > 0 && named.every((one) => typeof one === 'string' && ours.includes(one))) return
  throw new Refusal(codes.audience, `aud is ${show(aud)}; audience of this provider: ${ours.join(', ')}`)
}

/** OpenID Connect Core §3.1.3.7.9–10, RFC 7519 §4.1.4–6. */
export function checkTimes(
  claims: Claims,
  { now, skew, skewAtEnd = skew, maxAge = Number.POSITIVE_INFINITY }: Time,
  codes: TokenCodes,
): { readonly exp: number; readonly iat: number } {
  const [exp, iat] = [instant(claims, 'exp', codes), instant(claims, 'iat', codes)]
  const nbf = claims.nbf === undefined ? iat : instant(claims, 'nbf', codes)
  if (now >= exp + skewAtEnd) throw new Refusal(codes.expired, `exp was ${iso(exp)}, now ${iso(now)}`)
  for (const [name, at] of [
    ['iat', iat],
    ['nbf', nbf],
  ] as const)
    if (at > now + skew) throw new Refusal(codes.early, `${name} is ${iso(at)}, now ${iso(now)}`)
  if (iat < now - maxAge)
    throw new Refusal(codes.old, `iat was ${iso(iat)}, now ${iso(now)}; more than ${maxAge / 1000} s ago`)
  return { exp, iat }
}

/** A NumericDate (RFC 7519 §2) in epoch milliseconds. */
export function instant(claims: Claims, name: string, codes: TokenCodes): number {
  const value = claims[name]
  if (typeof value === 'number' && Number.isFinite(value) && value > 0 && value < 1e11) return value * 1000
  throw new Refusal(codes.times, `${name} is ${show(value)}; expected a time in seconds`)
}

export const iso = (at: number): string => new Date(at).toISOString()
