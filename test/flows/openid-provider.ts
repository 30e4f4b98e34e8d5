import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Block = Record<string, unknown>

/** An OpenID provider that does whatever a test wants: signs what it should not, and answers what it should not. */
export interface WildProvider {
  readonly issuer: string
  readonly key: KeyObject
  readonly publicPem: string
  /** Changes what the next tokens say and how they are made; `undefined` takes a claim out. */
  claims: Block
  header: Block
  /** Instead of signing the token: makes all of it. */
  forge: ((claims: Block) => string) | undefined
  /** Changes of the discovery document and of the answer of the token endpoint. */
  discovery: Block
  answer: { status?: number; body?: string } | undefined
  userinfo: Block
  /** Further parameters of the redirect. */
  redirect: Record<string, string | undefined>
  /** What `/jwks` answers; the default is the one public key. */
  jwks: ((response: ServerResponse) => void) | undefined
  /** Requests so far, by path. */
  readonly asked: Map<string, number>
  /** Bodies of the token endpoint, with the authorization header. */
  readonly redeemed: { authorization: string | undefined; body: URLSearchParams }[]
  make(claims: Block, header?: Block, key?: KeyObject): string
  close(): Promise<void>
}

export const part = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** A token signed by the public key as if it were a shared secret: what libraries fell for. */
export function signedByPublicKey(publicPem: string, claims: Block, kid: string): string {
  const text = `${part({ alg: 'HS256', kid, typ: 'JWT' })}.${part(claims)}`
  return `${text}.${createHmac('sha256', publicPem).update(text).digest('base64url')}`
}

export async function startWildProvider(now: () => number): Promise<WildProvider> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const publicKey = createPublicKey(privateKey)
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' }
  const nonces = new Map<string, string | null>()
  const server = createServer((request, response) => void serve(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`

  const wild: WildProvider = {
    issuer,
    key: privateKey,
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    claims: {},
    header: {},
    forge: undefined,
    discovery: {},
    answer: undefined,
    userinfo: { sub: 'subject-1' },
    redirect: {},
    jwks: undefined,
    asked: new Map(),
    redeemed: [],
    make: (claims, header = {}, key = privateKey) => {
      const text = `${part({ alg: 'RS256', kid: 'one', typ: 'JWT', ...header })}.${part(claims)}`
      return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }

  async function serve(request: IncomingMessage, response: ServerResponse) {
    const { pathname, searchParams } = new URL(request.url ?? '/', issuer)
    wild.asked.set(pathname, (wild.asked.get(pathname) ?? 0) + 1)
    const json = (value: unknown, status = 200) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(typeof value === 'string' ? value : JSON.stringify(value))
    }
    if (pathname === '/.well-known/openid-configuration')
      return json({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        userinfo_endpoint: `${issuer}/userinfo`,
        jwks_uri: `${issuer}/jwks`,
        ...wild.discovery,
      })
    if (pathname === '/jwks') return wild.jwks ? wild.jwks(response) : json({ keys: [jwk] })
    if (pathname === '/userinfo') return json(wild.userinfo)
    if (pathname === '/authorize') {
      nonces.set('code', searchParams.get('nonce'))
      const back = new URL(searchParams.get('redirect_uri') ?? '')
      const parameters = { code: 'code', state: searchParams.get('state') ?? '', ...wild.redirect }
      for (const [name, value] of Object.entries(parameters))
        if (value !== undefined) back.searchParams.set(name, value)
      response.writeHead(302, { location: back.href })
      return response.end()
    }
    let body = ''
    for await (const chunk of request) body += chunk
    wild.redeemed.push({ authorization: request.headers.authorization, body: new URLSearchParams(body) })
    if (wild.answer) return json(wild.answer.body ?? '{}', wild.answer.status)
    const seconds = Math.floor(now() / 1000)
    const claims = {
      iss: issuer,
      aud: 'bridge',
      sub: 'subject-1',
      iat: seconds,
      exp: seconds + 300,
      nonce: nonces.get('code'),
      preferred_username: 'alice',
      groups: ['aws-111122223333-Admin'],
      ...wild.claims,
    }
    const id_token = wild.forge ? wild.forge(claims) : wild.make(claims, wild.header)
    json({ token_type: 'Bearer', access_token: 'access', expires_in: 300, id_token })
  }
  return wild
}
