import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Serves `handler` on the loopback interface only; port 0 takes a free one. Rejects when the port is taken. */
export function listenOnLoopback(
  handler: RequestListener,
  port: number,
): Promise<{ readonly server: Server; readonly url: string }> {
  return new Promise((resolve, reject) => {
    const server = createServer(handler)
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const taken = (server.address() as AddressInfo).port
      resolve({ server, url: `http://localhost:${taken}` })
    })
  })
}
