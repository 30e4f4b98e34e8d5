import { createServer } from 'node:net'

/**
 * Above the last port that fetch refuses to call (Fetch, "port blocking": 10080), below the range from which systems take ports for connections of their own, and a stretch of it for each process:
 * a port that was free a moment ago is then taken by nobody else.
 */
const first = 11_000 + (process.pid % 1000) * 20
let next = 0

/** A port of this machine on which nobody listens. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    const port = first + (next++ % 200)
    if (await isFree(port)) return port
  }
  throw new Error('no port is free')
}

/** Two processes may share a stretch, so a port counts as free only when every address has it. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
