import type { ClientInfo, RequestContext, Session } from '../core/index.ts'
import type { Client } from './client.ts'
import { oauthError } from './error.ts'
import { fingerprint, newOpaque } from './opaque.ts'
import type { Asked, OAuthParts } from './parts.ts'
import type { FamilyRecord } from './records.ts'

/** What a client is given (RFC 6749 §5.1); without a refresh token where it has a token of its own to come again with. */
export interface GrantedTokens {
  readonly accessToken: string
  readonly refreshToken?: string
  /** RFC 8693 §2.2.1: which kind `accessToken` is. */
  readonly issuedTokenType?: string
  /** Seconds that the access token is good for. */
  readonly expiresIn: number
  readonly scope?: string
  /** The session that the tokens stand for. */
  readonly session: Session
}

export interface Tokens extends GrantedTokens {
  readonly refreshToken: string
}

export interface Pair {
  readonly accessToken: string
  readonly refreshToken: string
  /** Epoch milliseconds. */
  readonly accessExpiresAt: number
}

/**
 * Opens a session under the one that approved, and hands out its first pair of tokens. Throws `access_denied`
 * when the approving session has ended since.
 */
export async function openTokens(
  parts: OAuthParts,
  client: Client,
  { parent, asked }: { readonly parent: string; readonly asked: Asked },
  context: RequestContext,
): Promise<Tokens> {
  const approver = await parts.sessions.session(parent)
  if (approver === undefined) throw oauthError('access_denied', 'the approving session has ended')
  const { role, duration, agent } = asked
  const only = role === undefined ? undefined : { role, ...(duration !== undefined && { duration }) }
  const child = {
    kind: client.kind,
    client: clientOf(client, asked),
    ...(only && { only }),
    ...(agent !== undefined && { agent }),
  }
  const session = await parts.sessions.openChildSession(approver, child, context)
  const family = parts.random(16).toString('base64url')
  const pair = newPair(parts, family, session.expiresAt)
  const record: FamilyRecord = {
    session: session.id,
    clientId: client.id,
    ...(asked.scope !== undefined && { scope: asked.scope }),
    expiresAt: session.expiresAt,
    current: fingerprint(pair.refreshToken),
  }
  await parts.families.put(fingerprint(family), record, session.expiresAt)
  await keepAccess(parts, record, pair)
  return tokensOf(parts, record, pair, session)
}

function clientOf(client: Client, { address, userAgent, clientName, host }: Asked): ClientInfo {
  return { address, userAgent, name: clientName ?? client.name, ...(host !== undefined && { host }) }
}

/** A fresh pair. The refresh token names its family, so that a stale one betrays whose it is. */
export function newPair({ clock, random, options }: OAuthParts, family: string, sessionEnds: number): Pair {
  return {
    accessToken: newOpaque('rba_', random),
    refreshToken: newOpaque(`rbr_${family}.`, random),
    accessExpiresAt: Math.min(clock() + options.accessLifetime * 1000, sessionEnds),
  }
}

/** The family that a refresh token belongs to; undefined when the text is no refresh token of ours. */
export function familyOf(refreshToken: string): string | undefined {
  return /^rbr_([\w-]{22})\.[\w-]{43}$/.exec(refreshToken)?.[1]
}

/** Makes the access token of a pair known. Doing it twice changes nothing. */
export async function keepAccess({ access }: OAuthParts, family: FamilyRecord, pair: Pair): Promise<void> {
  const record = { session: family.session, clientId: family.clientId, expiresAt: pair.accessExpiresAt }
  await access.put(fingerprint(pair.accessToken), record, pair.accessExpiresAt)
}

export function tokensOf({ clock }: OAuthParts, family: FamilyRecord, pair: Pair, session: Session): Tokens {
  return {
    accessToken: pair.accessToken,
    refreshToken: pair.refreshToken,
    expiresIn: Math.max(0, Math.round((pair.accessExpiresAt - clock()) / 1000)),
    ...(family.scope !== undefined && { scope: family.scope }),
    session,
  }
}

/** The live session behind an access token; undefined when token or session is unknown, expired or ended. */
export async function introspect(parts: OAuthParts, accessToken: string): Promise<Session | undefined> {
  if (!/^rba_[\w-]{43}$/.test(accessToken)) return undefined
  const record = await parts.access.get(fingerprint(accessToken))
  if (record === undefined || record.expiresAt <= parts.clock()) return undefined
  return parts.sessions.session(record.session)
}

/**
 * RFC 7009: gives a token up. A refresh token takes its session along, an access token only itself. A token
 * that is unknown, or of another client, changes nothing and is no error (§2.2).
 */
export async function revoke(
  parts: OAuthParts,
  client: Client,
  token: string,
  context: RequestContext,
): Promise<void> {
  const family = familyOf(token)
  if (family === undefined) {
    const id = fingerprint(token)
    if ((await parts.access.get(id))?.clientId === client.id) await parts.access.take(id)
    return
  }
  const id = fingerprint(family)
  const record = await parts.families.get(id)
  if (record?.clientId !== client.id) return
  await parts.sessions.endSession(record.session, 'user', context)
  await parts.families.take(id)
}
