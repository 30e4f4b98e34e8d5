import { Refusal } from '../../core/index.ts'
import { show } from './signed-token.ts'

type Claims = Readonly<Record<string, unknown>>

/** Epoch milliseconds, and the tolerated difference of clocks. */
export interface Time {
  readonly now: number
  readonly skew: number
}

/** OpenID Connect Core §3.1.3.7.2: letter by letter. */
export function checkIssuer({ iss }: Claims, issuer: string): void {
  if (iss !== issuer) throw new Refusal('unknown_issuer', `iss is ${show(iss)}; expected ${issuer}`)
}

/** OpenID Connect Core §3.1.3.7.3–5: for us, and nobody else is its authorized party. */
export function checkAudience({ aud, azp }: Claims, clientId: string): void {
  const audiences = Array.isArray(aud) ? aud : [aud]
  if (!audiences.every((one) => typeof one === 'string') || !audiences.includes(clientId))
    throw new Refusal('audience_mismatch', `aud is ${show(aud)}; expected ${clientId}`)
  if (azp !== undefined && azp !== clientId)
    throw new Refusal('audience_mismatch', `azp is ${show(azp)}; expected ${clientId}`)
  if (azp === undefined && audiences.length > 1)
    throw new Refusal('audience_mismatch', `aud is ${show(aud)}, and no azp says for whom it was made`)
}

/** OpenID Connect Core §3.1.3.7.9–10, RFC 7519 §4.1.4–6. */
export function checkTimes(
  claims: Claims,
  { now, skew }: Time,
): { readonly exp: number; readonly iat: number } {
  const [exp, iat] = [instant(claims, 'exp'), instant(claims, 'iat')]
  const nbf = claims.nbf === undefined ? iat : instant(claims, 'nbf')
  if (now >= exp + skew) throw new Refusal('expired', `exp was ${iso(exp)}, now ${iso(now)}`)
  for (const [name, at] of [
    ['iat', iat],
    ['nbf', nbf],
  ] as const)
    if (at > now + skew) throw new Refusal('not_yet_valid', `${name} is ${iso(at)}, now ${iso(now)}`)
  return { exp, iat }
}

/** A NumericDate (RFC 7519 §2) in epoch milliseconds. */
export function instant(claims: Claims, name: string): number {
  const value = claims[name]
  if (typeof value === 'number' && Number.isFinite(value) && value > 0 && value < 1e11) return value * 1000
  throw new Refusal('malformed_message', `${name} is ${show(value)}; expected a time in seconds`)
}

export const iso = (at: number): string => new Date(at).toISOString()
