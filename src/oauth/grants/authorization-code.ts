import { createHash } from 'node:crypto'
import type { RequestContext } from '../../core/index.ts'
import type { Client } from '../client.ts'
import { oauthError } from '../error.ts'
import { fingerprint, sameText } from '../opaque.ts'
import type { OAuthParts } from '../parts.ts'
import type { CodeRecord } from '../records.ts'
import { openTokens, type Tokens } from '../tokens.ts'

/** What the client sends (RFC 6749 §4.1.3, RFC 7636 §4.5). */
export interface CodeExchange {
  readonly code: string
  readonly redirectUri: string
  readonly codeVerifier: string
}

/**
 * RFC 6749 §4.1.3 with PKCE. A code is spent by the first attempt, right or wrong; a second one ends the session
 * that came of the first (§4.1.2).
 */
export async function exchangeCode(
  parts: OAuthParts,
  client: Client,
  { code, redirectUri, codeVerifier }: CodeExchange,
  context: RequestContext,
): Promise<Tokens> {
  const id = fingerprint(code)
  const record = await spend(parts, id, context)
  if (record === undefined) throw oauthError('invalid_grant', 'the code is unknown or was used')
  const fault = faultOf(record, client, { redirectUri, codeVerifier }, parts.clock())
  if (fault !== undefined) throw oauthError('invalid_grant', fault)
  const tokens = await openTokens(parts, client, { parent: record.parent, asked: record }, context)
  const kept = await parts.codes.update(id, (spent) =>
    spent.state === 'replayed' ? undefined : { ...spent, session: tokens.session.id },
  )
  if (kept === undefined) {
    await parts.sessions.endSession(tokens.session.id, 'revoked', context)
    throw oauthError('invalid_grant', 'the code was used twice at once')
  }
  return tokens
}

/** Marks the code as spent; undefined when it was already, which is then remembered and acted upon. */
async function spend(
  parts: OAuthParts,
  id: string,
  context: RequestContext,
): Promise<CodeRecord | undefined> {
  let first = false
  const record = await parts.codes.update(id, (before) => {
    first = before.state === 'fresh'
    return { ...before, state: first ? 'spent' : 'replayed' }
  })
  if (first || record === undefined) return record
  if (record.session !== undefined) await parts.sessions.endSession(record.session, 'revoked', context)
  return undefined
}

function faultOf(
  record: CodeRecord,
  client: Client,
  { redirectUri, codeVerifier }: Omit<CodeExchange, 'code'>,
  now: number,
): string | undefined {
  if (record.clientId !== client.id) return 'the code is another client’s'
  if (record.expiresAt <= now) return 'the code has expired'
  if (record.redirectUri !== redirectUri) return 'redirect_uri differs from the one that was authorized'
  if (!/^[\w\-.~]{43,128}$/.test(codeVerifier)) return 'code_verifier is not of its form'
  const challenge = createHash('sha256').update(codeVerifier).digest('base64url')
  return sameText(challenge, record.challenge) ? undefined : 'code_verifier does not fit the challenge'
}
