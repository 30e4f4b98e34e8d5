import { Refusal, type SignInWords } from '../../core/index.ts'
import { checkIssuer, checkParty, checkTimes, instant, iso, type Time } from '../issuer/claims.ts'
import { show } from '../issuer/signed-token.ts'
import { codesForPeople as codes } from '../issuer/token-codes.ts'
import { equal } from './browser.ts'
import { sessionIndexOf } from './logout.ts'
import type { OpenIdProviderOptions } from './options.ts'
import type { PendingCode } from './parts.ts'

type Claims = Readonly<Record<string, unknown>>

/** What the checks leave behind. */
export interface Proven {
  readonly subject: string
  /** When the person proved who they are, epoch milliseconds. */
  readonly authnInstant: number
  /** The provider does not say when: `authnInstant` is when it made the token. */
  readonly authnInstantUnsaid: boolean
  readonly acr: string | undefined
  readonly mfa: boolean
  readonly sessionIndex: string | undefined
}

/** The claims of an ID token whose signature is proven (OpenID Connect Core §3.1.3.7). Throws `Refusal`. */
export function judgeIdToken(
  claims: Claims,
  options: OpenIdProviderOptions,
  pending: PendingCode,
  time: Time,
): Proven {
  checkIssuer(claims, options.issuer, codes)
  checkParty(claims, options.clientId, codes)
  const { iat } = checkTimes(claims, time, codes)
  checkNonce(claims, pending)
  const subject = subjectOf(claims)
  const authnInstant = claims.auth_time === undefined ? undefined : instant(claims, 'auth_time', codes)
  checkAge(authnInstant, options, pending, time)
  const acr = typeof claims.acr === 'string' ? claims.acr : undefined
  checkAcr(acr, options)
  return {
    subject,
    authnInstant: authnInstant ?? iat,
    authnInstantUnsaid: authnInstant === undefined,
    acr,
    mfa: usedSecondFactor(claims.amr, acr, options),
    sessionIndex: sessionIndexOf(claims.sid),
  }
}

/** §3.1.3.7.11: the token answers this sign-in and no other. */
function checkNonce({ nonce }: Claims, pending: PendingCode): void {
  if (typeof nonce !== 'string' || !equal(nonce, pending.nonce))
    throw new Refusal('nonce_mismatch', `nonce is ${nonce === undefined ? 'not there' : 'another one'}`)
}

/** §2: at most 255 ASCII characters. */
function subjectOf({ sub }: Claims): string {
  if (typeof sub === 'string' && /^[\x20-\x7e]{1,255}$/.test(sub)) return sub
  throw new Refusal('malformed_message', `sub is ${show(sub)}`)
}

/** §3.1.3.7.13; who asked for an age and is told none, was not answered. */
function checkAge(
  at: number | undefined,
  { maxAuthnAge }: OpenIdProviderOptions,
  { forceAuthn, createdAt }: PendingCode,
  { now, skew }: Time,
): void {
  if (at === undefined) {
    if (maxAuthnAge === undefined && !forceAuthn) return
    throw new Refusal('authn_too_old', 'the provider does not say when the person signed in (auth_time)')
  }
  if (at > now + skew) throw new Refusal('not_yet_valid', `auth_time is ${iso(at)}, now ${iso(now)}`)
  if (forceAuthn && at < createdAt - skew)
    throw new Refusal('authn_too_old', `a fresh authentication was asked for; auth_time is ${iso(at)}`, {
      say: 'Rolebridge asked your identity provider to have you sign in again, and it let you in by an earlier sign-in.',
    })
  if (maxAuthnAge !== undefined && at + maxAuthnAge * 1000 + skew < now)
    throw new Refusal('authn_too_old', `auth_time was ${iso(at)}, now ${iso(now)}`)
}

/** §3.1.3.7.12: acr_values is a wish there (§3.1.2.1); here it is a condition. */
function checkAcr(acr: string | undefined, { acrValues }: OpenIdProviderOptions): void {
  if (acrValues.length === 0 || (acr !== undefined && acrValues.includes(acr))) return
  throw new Refusal('authn_context', `acr is ${show(acr)}; expected one of ${acrValues.join(', ')}`)
}

function usedSecondFactor(
  amr: unknown,
  acr: string | undefined,
  { mfaMethods, mfaContexts }: OpenIdProviderOptions,
): boolean {
  const methods: readonly unknown[] = Array.isArray(amr) ? amr : []
  return (
    methods.some((one) => mfaMethods.includes(String(one))) ||
    (acr !== undefined && mfaContexts.includes(acr))
  )
}

/** How this provider says that somebody used a second factor, and the `acr` to ask for. */
export function wordsOf({
  mfaContexts,
  mfaMethods,
  acrValues: required,
}: OpenIdProviderOptions): SignInWords {
  return {
    mfaContexts,
    asks: mfaContexts.filter((one) => required.length === 0 || required.includes(one)),
    saysMfa: mfaContexts.length + mfaMethods.length > 0,
    required,
  }
}
