import { createHash } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'

/** Systems differ in how long the path of a socket may be; all take so many bytes. */
const longestPath = 100

/**
 * Makes a folder this process's own until it ends, however it ends: a socket that nobody listens to any more is what a
 * killed one left. Rejects when another process has the folder.
 */
export async function claimFolder(folder: string): Promise<{ release(): void }> {
  const path =
    process.platform === 'win32'
      ? `\\\\.\\pipe\\rolebridge-${createHash('sha256').update(folder).digest('hex')}`
      : join(folder, 'claim.sock')
  if (Buffer.byteLength(path) > longestPath)
    throw new Error(`the path ${path} is too long for a socket; name a shorter one: delivery.folder`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (let tries = 0; tries < 5; tries++) {
    const server = createServer((caller) => caller.destroy())
    if (await listens(server, path)) {
      server.unref()
      return { release: () => void server.close() }
    }
    if (await isAlive(path)) break
    await rm(path, { force: true })
  }
  throw new Error(`another process delivers from ${folder}; give each process its own: delivery.folder`)
}

function listens(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false)
      else reject(error)
    })
    server.listen(path, () => resolve(true))
  })
}

function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false)
      else reject(error)
    })
  })
}
