import { Refusal, type Whose } from '../../core/index.ts'
import { checkIssuer, checkParty, checkTimes, type Time } from '../issuer/claims.ts'
import { proveSigned, readSignedToken, show } from '../issuer/signed-token.ts'
import { codesForPeople as codes } from '../issuer/token-codes.ts'
import { hash } from './browser.ts'
import { type Provider, type RelyingPartyOptions, signedOutPath, tokenRules } from './parts.ts'

/** Whose sessions end: all of the person's, or those of one session there. */
export interface LogoutNews extends Whose {
  readonly sessionIndex?: string
}

const event = 'http://schemas.openid.net/event/backchannel-logout'

/** Between the moment that judges a token and the one in which its mark is written, clocks go on. */
const reserve = 10 * 60_000

/**
 * What signs a person out at their provider (OpenID Connect RP-Initiated Logout §2), where it offers that. A form, because
 * the ID token that says who it is has no place in an address. Undefined where there is nothing to say.
 */
export async function beginLogout(
  { name, options, source }: Provider,
  idToken: string,
  { baseUrl, logouts, clock, random }: RelyingPartyOptions,
): Promise<
  | { readonly binding: 'post'; readonly url: string; readonly fields: Readonly<Record<string, string>> }
  | undefined
> {
  const url = source.current()?.discovery?.end_session_endpoint
  if (!options.singleLogout || url === undefined) return undefined
  const state = random(24).toString('base64url')
  await logouts.put(state, { provider: name }, clock() + 15 * 60_000)
  return {
    binding: 'post',
    url,
    fields: {
      id_token_hint: idToken,
      client_id: options.clientId,
      post_logout_redirect_uri: baseUrl + signedOutPath,
      state,
    },
  }
}

type Kept = Pick<RelyingPartyOptions, 'replays' | 'subjects'> & {
  /** Hears of which provider the token says to be. */
  readonly isOf?: (idp: string) => void
}

/** Judges a logout token (OpenID Connect Back-Channel Logout §2.6). Throws `Refusal`. */
export async function judgeLogoutToken(
  text: string,
  providers: readonly Provider[],
  time: Time,
  { replays, subjects, isOf }: Kept,
): Promise<LogoutNews> {
  const token = readSignedToken(text, tokenRules)
  const { header, claims } = token
  checkType(header.typ)
  const { name, options, source } = addressee(claims, providers)
  isOf?.(name)
  await proveSigned(token, { source, codes })
  checkIssuer(claims, options.issuer, codes)
  checkParty(claims, options.clientId, codes)
  const { exp } = checkTimes(claims, time, codes)
  checkPurpose(claims)
  const { jti, sub, sid } = claims
  if (typeof jti !== 'string' || jti === '') throw structure('a logout token without jti')
  const until = Math.max(exp, time.now) + time.skew + reserve
  if (!(await replays.putIfAbsent(hash(`logout\n${options.issuer}\n${jti}`), { usedAt: time.now }, until)))
    throw new Refusal('replayed', `logout token ${show(jti)} was already used`)
  const index = sessionIndexOf(sid)
  const sessionIndex = index === undefined ? {} : { sessionIndex: index }
  const told = { protocol: 'openid' as const, issuer: options.issuer, ...sessionIndex }
  if (typeof sub === 'string') return { ...told, nameId: sub }
  if (index === undefined) throw structure('a logout token with neither sub nor sid')
  const whose = await subjects.get(subjectKey(options.issuer, index))
  // A session that never was here, or is over: nothing is left to end, which is what was asked for.
  return { ...told, nameId: whose?.nameId ?? '' }
}

/** A `sid` as it is kept and looked for: of a long one, whose length no specification bounds, its hash. */
export function sessionIndexOf(sid: unknown): string | undefined {
  if (typeof sid !== 'string') return undefined
  return sid.length <= 256 ? sid : `sha256:${hash(sid)}`
}

/** Where the person of a provider's session is remembered. */
export const subjectKey = (issuer: string, sid: string) => `${issuer}\n${sid}`

/** An ID token names its type otherwise, or not at all (§2.4): what it lacks of a logout token is checked as well. */
function checkType(typ: unknown): void {
  if (typ === undefined || (typeof typ === 'string' && /^(?:application\/)?(?:logout\+jwt|jwt)$/i.test(typ)))
    return
  throw structure(`typ is ${show(typ)}; expected logout+jwt`)
}

function addressee(claims: Readonly<Record<string, unknown>>, providers: readonly Provider[]): Provider {
  const ofIssuer = providers.filter(({ options }) => options.issuer === claims.iss)
  const audiences: readonly unknown[] = [claims.aud].flat()
  const found = ofIssuer.find(({ options }) => audiences.includes(options.clientId)) ?? ofIssuer[0]
  if (found !== undefined) return found
  throw new Refusal('unknown_issuer', `iss is ${show(claims.iss)}, which is no configured issuer`)
}

function checkPurpose({ events, nonce }: Readonly<Record<string, unknown>>): void {
  const told = Object(events) as Record<string, unknown>
  if (!Object.hasOwn(told, event) || typeof told[event] !== 'object' || told[event] === null)
    throw structure(`events is ${show(events)}; a logout token has ${event}`)
  // So that no ID token passes for one (§2.4).
  if (nonce !== undefined) throw structure('a logout token has no nonce; this one does')
}

const structure = (detail: string) => new Refusal('unexpected_structure', detail)
