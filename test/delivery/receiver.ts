import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly path: string
}

/** What a receiver does with a request; the default says 204. */
export type Answer = (response: ServerResponse, request: Received) => void

export const says =
  (status: number, headers: Record<string, string> = {}, body = ''): Answer =>
  (response) =>
    void response.writeHead(status, headers).end(body)
export const resets: Answer = (response) => void response.socket?.resetAndDestroy()
export const hangs: Answer = () => {}

/** A real HTTP server: each request is answered by the next of `answers`, then by 204. */
export async function startReceiver(port = 0) {
  const all: Received[] = []
  const taken: Received[] = []
  const answers: Answer[] = []
  let always: Answer = says(204)
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const received = {
      headers: request.headers,
      body: Buffer.concat(chunks).toString('utf8'),
      path: request.url ?? '',
    }
    all.push(received)
    response.once('finish', () => {
      if (response.statusCode < 300) taken.push(received)
    })
    const answer = answers.shift() ?? always
    answer(response, received)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const { port: bound } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${bound}/secret-path`,
    port: bound,
    /** Every request, and those that it said yes to. */
    all,
    taken,
    answers,
    otherwise: (answer: Answer) => {
      always = answer
    },
    events: () =>
      taken.flatMap(({ body }) =>
        body
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line)),
      ),
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export type Receiver = Awaited<ReturnType<typeof startReceiver>>
