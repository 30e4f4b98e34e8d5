import type { RequestContext } from '../../core/index.ts'
import { sessionRef } from '../../events/index.ts'
import type { Client } from '../client.ts'
import { oauthError } from '../error.ts'
import { fingerprint, sameText } from '../opaque.ts'
import type { OAuthParts } from '../parts.ts'
import type { FamilyRecord } from '../records.ts'
import { familyOf, keepAccess, newPair, type Pair, type Tokens, tokensOf } from '../tokens.ts'

/**
 * RFC 6749 §6 with rotation: each refresh token is good once. Whoever comes with the same one within the grace
 * gets the very same answer (parallel processes, a lost answer); whoever comes later holds a stolen or a stale
 * copy, nobody can tell which, so the session ends for both (RFC 9700 §4.14.2).
 */
export async function refresh(
  parts: OAuthParts,
  client: Client,
  refreshToken: string,
  context: RequestContext,
): Promise<Tokens> {
  const family = familyOf(refreshToken)
  const id = family && fingerprint(family)
  const record = id && (await parts.families.get(id))
  if (!family || !id || !record || record.clientId !== client.id || record.expiresAt <= parts.clock()) {
    throw oauthError('invalid_grant', 'no such refresh token')
  }
  const session = await parts.sessions.session(record.session)
  if (session === undefined) {
    await parts.families.take(id)
    throw oauthError('invalid_grant', 'the session has ended', 'The session has ended. Please sign in again.')
  }
  const rotated = await rotate(parts, family, refreshToken)
  if (rotated === undefined) {
    await endFamily(parts, id, record, context)
    throw oauthError('invalid_grant', 'a refresh token was used again')
  }
  await keepAccess(parts, rotated.family, rotated.pair)
  return tokensOf(parts, rotated.family, rotated.pair, session)
}

/** Replaces the token, or repeats the answer that replaced it; undefined when it is an old one. */
async function rotate(
  parts: OAuthParts,
  name: string,
  token: string,
): Promise<{ readonly family: FamilyRecord; readonly pair: Pair } | undefined> {
  const given = fingerprint(token)
  let outcome: { family: FamilyRecord; pair: Pair } | undefined
  const changed = await parts.families.update(fingerprint(name), (family) => {
    outcome = undefined
    const now = parts.clock()
    if (sameText(given, family.current)) {
      const pair = newPair(parts, name, family.expiresAt)
      const previous = { token: given, replacedAt: now, by: pair }
      return { ...family, current: fingerprint(pair.refreshToken), previous }
    }
    const { previous } = family
    const inGrace = previous && now - previous.replacedAt <= parts.options.refreshGrace * 1000
    if (previous && inGrace && sameText(given, previous.token)) outcome = { family, pair: previous.by }
    return undefined
  })
  return changed?.previous ? { family: changed, pair: changed.previous.by } : outcome
}

/** The session goes first: without it no token of the family is good for anything. */
async function endFamily(
  parts: OAuthParts,
  id: string,
  { session, clientId }: FamilyRecord,
  context: RequestContext,
): Promise<void> {
  await parts.sessions.endSession(session, 'revoked', context)
  await parts.families.take(id)
  const event = { requestId: context.requestId, sourceIp: context.sourceIp, userAgent: context.userAgent }
  await parts.tell({
    type: 'refresh_reuse_detected',
    ...event,
    sessionId: sessionRef(session),
    client: clientId,
  })
}
