import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { KeyPair } from '../../src/saml/index.ts'

/** Whatever can run something when it ends: a test, or a flow that ends by itself. */
export interface Ends {
  after(act: () => unknown): void
}

export interface ConnectProxy {
  /** Host and port, without user. */
  readonly address: string
  readonly port: number
  /** What was asked for, in order: `host:port`. */
  readonly targets: string[]
  /** `Proxy-Authorization` of each. */
  readonly logins: (string | undefined)[]
  /** Requests that were no CONNECT. */
  readonly others: string[]
}

/**
 * A real proxy on loopback that tunnels. `to` says which local port stands for a target; undefined refuses it.
 * `login` is the only user and password it takes; `says` is all that it answers, whatever it is asked.
 */
export async function startConnectProxy(
  t: Ends,
  {
    to = () => undefined,
    login,
    tls,
    says,
  }: { says?: string; to?: (target: string) => number | undefined; login?: string; tls?: KeyPair },
): Promise<ConnectProxy> {
  const targets: string[] = []
  const logins: (string | undefined)[] = []
  const others: string[] = []
  const server = tls ? createTlsServer({ key: tls.key, cert: tls.cert }) : createServer()
  server.on('request', (request, response) => {
    others.push(request.url ?? '')
    response.writeHead(400).end()
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  server.on('connect', (request, client: Socket) => {
    const target = request.url ?? ''
    targets.push(target)
    logins.push(request.headers['proxy-authorization'])
    client.on('error', () => {})
    if (says !== undefined) return void client.end(says)
    const wanted = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`
    if (wanted !== undefined && request.headers['proxy-authorization'] !== wanted) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno')
      return
    }
    const port = to(target)
    if (port === undefined) {
      client.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno')
      return
    }
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.pipe(client).pipe(upstream)
    })
    sockets.add(upstream)
    upstream.on('error', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  return { address: `127.0.0.1:${port}`, port, targets, logins, others }
}
