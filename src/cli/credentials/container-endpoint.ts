import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Credentials } from '../../core/index.ts'
import { exit } from '../command.ts'
import { say } from '../terminal/terminal.ts'

/** A place on this machine where AWS SDKs fetch credentials, and the word that lets them in. */
export interface ContainerEndpoint {
  readonly url: string
  readonly token: string
  close(): void
}

/**
 * Serves credentials the way container agents do ("Container credential provider"): on loopback only, to those
 * who show the token. Asks `next` at every request; that one keeps them while they are fresh.
 */
export async function openContainerEndpoint(next: () => Promise<Credentials>): Promise<ContainerEndpoint> {
  const token = randomBytes(32).toString('base64url')
  const server = createServer((request, response) => void answer(request, response, token, next))
  server.unref()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/credentials`,
    token,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  token: string,
  next: () => Promise<Credentials>,
): Promise<void> {
  // A page in a browser may know the port, but sends its own Host or an Origin, and no token.
  const local = /^127\.0\.0\.1:\d+$/.test(request.headers.host ?? '') && request.headers.origin === undefined
  if (request.method !== 'GET' || request.url !== '/credentials' || !local)
    return reply(response, 404, { code: 'NotFound', message: 'There is nothing here.' })
  if (!same(request.headers.authorization ?? '', token))
    return reply(response, 401, { code: 'Unauthorized', message: 'The token is not the one of this job.' })
  try {
    const credentials = await next()
    reply(response, 200, {
      AccessKeyId: credentials.accessKeyId,
      SecretAccessKey: credentials.secretAccessKey,
      Token: credentials.sessionToken,
      Expiration: new Date(credentials.expiresAt).toISOString(),
      AccountId: credentials.accountId,
    })
  } catch (error) {
    const { exitCode, message } = error as { exitCode?: number; message: string }
    say(`rolebridge: ${message}`)
    // SDKs try again after a 5xx and give up after a 4xx.
    reply(response, exitCode === exit.connectivity ? 503 : 403, { code: 'CredentialsUnavailable', message })
  }
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}

function same(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}
