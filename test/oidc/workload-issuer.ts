import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An issuer of tokens for workloads, on loopback, whose every word a test may change. */
export interface WorkloadIssuer {
  readonly url: string
  /** What was asked of it. */
  readonly asked: string[]
  readonly rsa: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }
  /** Answers instead of it. */
  answer: RequestListener | undefined
  keySet: () => string
  /** A token as it should be, changed as the test says. */
  token(claims?: object, head?: object, key?: KeyObject | Buffer): string
  close(): void
}

export const part = (value: object | string) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

export async function startWorkloadIssuer(
  now: () => number,
  audience: () => string,
): Promise<WorkloadIssuer> {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const asked: string[] = []
  const server: Server = createServer((request, response) => {
    asked.push(request.url ?? '')
    if (issuer.answer) return issuer.answer(request, response)
    const discovery = { issuer: issuer.url, jwks_uri: `${issuer.url}/jwks` }
    const found = request.url === '/jwks' ? issuer.keySet() : JSON.stringify(discovery)
    response.setHeader('content-type', 'application/json').end(found)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer: WorkloadIssuer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    rsa,
    answer: undefined,
    keySet: () =>
      JSON.stringify({ keys: [{ ...rsa.publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig' }] }),
    token: (claims = {}, head = {}, key = rsa.privateKey) => {
      const seconds = Math.floor(now() / 1000)
      const body = {
        iss: issuer.url,
        aud: audience(),
        sub: 'repo:corp/app:ref:refs/heads/main',
        repository: 'corp/app',
        iat: seconds,
        exp: seconds + 600,
        jti: `${Math.random()}`,
        ...claims,
      }
      return signed(part({ alg: 'RS256', kid: 'one', typ: 'JWT', ...head }), part(body), key)
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
  return issuer
}

/** A compact JWS by RSA-SHA256, whatever its header says. */
export function signed(header: string, body: string, key: KeyObject | Buffer): string {
  const text = `${header}.${body}`
  return `${text}.${sign('sha256', Buffer.from(text), key as KeyObject).toString('base64url')}`
}
