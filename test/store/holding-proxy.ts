import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Where a write is held up: before the server hears of it, or before the client hears that it is done. */
export type Held = 'command' | 'answer'

/** A connection to a server of Redis that loses everything from one write on, so that its client can be killed right there. */
export async function startHoldingProxy(port: number) {
  let left = Number.POSITIVE_INFINITY
  let kind: Held = 'command'
  let word = ''
  let held = false
  let reached = () => {}
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const onward = connect({ port, host: '127.0.0.1' })
    for (const end of [client, onward]) {
      sockets.add(end)
      end.on('error', () => {})
      end.once('close', () => {
        sockets.delete(end)
        client.destroy()
        onward.destroy()
      })
    }
    client.on('data', (chunk) => {
      if (held) return
      left -= chunk.toString('latin1').split(word).length - 1
      held = left <= 0
      if (!held || kind === 'answer') onward.write(chunk)
      if (held) reached()
    })
    onward.on('data', (chunk) => void (held || client.write(chunk)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    /** Resolves when the so many writes that have this in them were sent, and the last is held. */
    hold: (what: string, nth: number, where: Held) =>
      new Promise<void>((resolve) => {
        ;[word, left, kind, reached] = [what, nth, where, resolve]
      }),
    release: () => {
      ;[left, held] = [Number.POSITIVE_INFINITY, false]
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
