import { createHmac, hkdfSync } from 'node:crypto'
import type { Clock } from '../core/index.ts'
import { type Client, isLoopbackRedirect } from './client.ts'
import { oauthError } from './error.ts'
import { fingerprint, sameText } from './opaque.ts'

/** What a client says of itself when it registers (RFC 7591 §2, as far as programs of this machine need it). */
export interface ClientMetadata {
  readonly clientName: string
  readonly grantTypes: readonly string[]
  readonly redirectUris: readonly string[]
  readonly scopes: readonly string[]
}

/** What the client gets; times in epoch milliseconds. */
export interface Registration {
  readonly clientId: string
  readonly clientSecret: string
  readonly issuedAt: number
  readonly expiresAt: number
}

/** A client and what it registered: it may do nothing else. */
export interface RegisteredClient extends Client {
  readonly grantTypes: readonly string[]
  readonly scopes: readonly string[]
}

/** Clients that registered themselves. Nobody vouches for them: a registration alone opens nothing. */
export interface Registrations {
  /** Throws `invalid_redirect_uri`, `invalid_client_metadata`, `invalid_scope` or `unsupported_grant_type`. */
  register(metadata: ClientMetadata): Registration
  /** The client of a browser's request, which carries no secret; undefined when there is none. */
  find(clientId: string): RegisteredClient | undefined
  /** The client that holds the secret. Throws `invalid_client`. */
  authenticate(clientId: string, clientSecret: string): RegisteredClient
}

export interface RegistrationOptions {
  /** The first signs, all verify. A registration ends with the secret it was signed by. */
  readonly secrets: readonly string[]
  readonly clock: Clock
  readonly kind: Client['kind']
  readonly grantTypes: readonly string[]
  readonly scopes: readonly string[]
}

const lifetime = 90 * 86_400_000
const longestName = 128
/** Characters of a signed registration: a client id travels in addresses. */
const longestPayload = 1200

/**
 * Registrations that cost the store nothing, however many anonymous callers ask for: the client id carries what was
 * registered and is signed, the client secret is a second signature over it.
 */
export function createRegistrations(options: RegistrationOptions): Registrations {
  const { secrets, clock } = options
  const keys = secrets.map(deriveKeys)
  const [first] = keys
  if (first === undefined) throw new TypeError('registrations need a secret')

  const open = (clientId: string) => {
    const [, payload, mac] = /^rbi_([\w-]{1,1200})\.([\w-]{43})$/.exec(clientId) ?? []
    if (payload === undefined || mac === undefined) return undefined
    const key = keys.find(({ id }) => sameText(sign(id, payload), mac))
    if (key === undefined) return undefined
    const registered: Signed = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    if (clock() >= registered.at + lifetime) return undefined
    return { client: toClient(clientId, registered, options.kind), secret: sign(key.secret, payload) }
  }

  return {
    register(metadata) {
      const at = clock()
      const signed: Signed = { ...check(metadata, options), at }
      const payload = Buffer.from(JSON.stringify(signed)).toString('base64url')
      if (payload.length > longestPayload) {
        throw oauthError('invalid_client_metadata', 'too much', 'That is more than a client may register.')
      }
      const clientId = `rbi_${payload}.${sign(first.id, payload)}`
      return { clientId, clientSecret: sign(first.secret, payload), issuedAt: at, expiresAt: at + lifetime }
    },
    find: (clientId) => open(clientId)?.client,
    authenticate(clientId, clientSecret) {
      const found = open(clientId)
      if (found === undefined) throw oauthError('invalid_client', 'no such registration, or it has expired')
      if (!sameText(found.secret, clientSecret)) throw oauthError('invalid_client', 'wrong client secret')
      return found.client
    },
  }
}

interface Signed {
  readonly name: string
  readonly grants: readonly string[]
  readonly redirects: readonly string[]
  readonly scopes: readonly string[]
  /** Epoch milliseconds. */
  readonly at: number
}

function deriveKeys(secret: string) {
  if (secret === '') throw new TypeError('a secret is not empty')
  const derive = (what: string) =>
    Buffer.from(hkdfSync('sha256', secret, '', `rolebridge client registration: ${what}`, 32))
  return { id: derive('id'), secret: derive('secret') }
}

const sign = (key: Buffer, payload: string) => createHmac('sha256', key).update(payload).digest('base64url')

/** RFC 7591 §3.2.2: each fault by its name. */
function check(
  { clientName, grantTypes, redirectUris, scopes }: ClientMetadata,
  offered: Pick<RegistrationOptions, 'grantTypes' | 'scopes'>,
): Omit<Signed, 'at'> {
  const name = clientName.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '').trim()
  if (name === '' || name.length > longestName) {
    throw oauthError('invalid_client_metadata', 'clientName', 'clientName must have 1 to 128 characters.')
  }
  const grant = grantTypes.find((type) => !offered.grantTypes.includes(type))
  if (grant !== undefined) throw oauthError('unsupported_grant_type', 'a grant type that is not offered')
  const scope = scopes.find((one) => !offered.scopes.includes(one))
  if (scope !== undefined) throw oauthError('invalid_scope', 'a scope that is not offered')
  if (!redirectUris.every(isLoopbackBase)) {
    throw oauthError('invalid_redirect_uri', 'redirectUris', 'redirectUris must be http on this computer.')
  }
  if (grantTypes.includes('authorization_code') && redirectUris.length === 0) {
    throw oauthError('invalid_redirect_uri', 'none', 'The grant authorization_code needs redirectUris.')
  }
  return { name, grants: [...new Set(grantTypes)], redirects: redirectUris, scopes: [...new Set(scopes)] }
}

const loopbackBase = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(?::\d{1,5})?(\/[\w\-.~/%]*)?$/

const isLoopbackBase = (uri: string) => uri.length <= 256 && loopbackBase.test(uri)

/** The client by a short name, under which tokens and codes are bound to it. */
function toClient(clientId: string, signed: Signed, kind: Client['kind']): RegisteredClient {
  const { name, grants: grantTypes, redirects, scopes } = signed
  const allowsRedirect = (uri: string) =>
    isLoopbackRedirect(uri) && redirects.some((registered) => isSameButPort(registered, uri))
  return {
    id: `${kind}:${fingerprint(clientId).slice(0, 22)}`,
    name,
    kind,
    grantTypes,
    scopes,
    allowsRedirect,
  }
}

/** Any port (RFC 8252 §7.3); the path that was registered, or any when none was. */
function isSameButPort(registered: string, uri: string): boolean {
  const [, host, path = '/'] = loopbackBase.exec(registered) ?? []
  const [, wantedHost, wantedPath = '/'] = loopbackBase.exec(uri) ?? []
  return host !== undefined && host === wantedHost && (path === '/' || path === wantedPath)
}
