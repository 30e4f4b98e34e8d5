import { createHash } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'

/** Systems differ in how long the path of a socket may be; all take so many bytes. */
const longestPath = 100

const pattern = /^claim-(\d{1,9})\.sock$/

/**
 * Makes a folder this process's own until it ends, however it ends: a socket that nobody listens to any more is what a
 * killed one left. Each process takes the number behind the highest, which only one can: what was left is not taken away
 * before, for by then it could be somebody else's. Rejects when another process has the folder.
 */
export async function claimFolder(folder: string): Promise<{ release(): void }> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if (process.platform === 'win32') return claimPipe(folder)
  for (let tries = 0; tries < 5; tries++) {
    const before = await numbersIn(folder)
    const server = await listenAt(socketOf(folder, Math.max(0, ...before) + 1))
    if (server === undefined) continue
    // Asked when this one listens itself: whoever has a lower number was first.
    if (await someAlive(folder, before)) {
      server.close()
      break
    }
    for (const number of before) await rm(socketOf(folder, number), { force: true })
    return { release: () => void server.close() }
  }
  throw taken(folder)
}

/** A pipe's name goes with its process. */
async function claimPipe(folder: string): Promise<{ release(): void }> {
  const name = createHash('sha256').update(folder).digest('hex')
  const server = await listenAt(`\\\\.\\pipe\\rolebridge-${name}`)
  if (server === undefined) throw taken(folder)
  return { release: () => void server.close() }
}

const taken = (folder: string) =>
  new Error(`another process delivers from ${folder}; give each process its own: delivery.folder`)

function socketOf(folder: string, number: number): string {
  const path = join(folder, `claim-${number}.sock`)
  if (Buffer.byteLength(path) > longestPath)
    throw new Error(`the path ${path} is too long for a socket; name a shorter one: delivery.folder`)
  return path
}

async function numbersIn(folder: string): Promise<readonly number[]> {
  return (await readdir(folder)).flatMap((name) => {
    const [, number] = pattern.exec(name) ?? []
    return number === undefined ? [] : [Number(number)]
  })
}

async function someAlive(folder: string, numbers: readonly number[]): Promise<boolean> {
  for (const number of numbers) if (await isAlive(socketOf(folder, number))) return true
  return false
}

/** Undefined when the place is taken. */
function listenAt(path: string): Promise<Server | undefined> {
  const server = createServer((caller) => caller.destroy())
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    server.listen(path, () => resolve(server.unref()))
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
