import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Serves metadata that a test may change, and counts who asks. */
export interface MetadataServer {
  readonly url: string
  answer: { status: number; body: string }
  readonly asked: () => number
  close(): void
}

export async function startMetadataServer(): Promise<MetadataServer> {
  let asked = 0
  const server = createServer((_request, response) => {
    asked += 1
    response.writeHead(served.answer.status).end(served.answer.body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const served = {
    url: `http://localhost:${(server.address() as AddressInfo).port}/metadata`,
    answer: { status: 500, body: 'out of order' },
    asked: () => asked,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
  return served
}
