import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join, resolve } from 'node:path'
import type { Outcome } from '../app.ts'

/** What a process answers that was asked to reload. */
export type Answer = Outcome & { readonly pid: number }

/** What it can be asked to do; `restart` is to put new workers into the place of those that serve. */
export interface ControlAsks {
  reload(): Promise<Outcome>
  restart(): Promise<Outcome>
}

/** Systems differ in how long the path of a socket may be; all take so many bytes. */
const longestPath = 100
const words: Readonly<Record<string, keyof ControlAsks>> = { 'reload\n': 'reload', 'restart\n': 'restart' }
/** Milliseconds in which a caller must have said what it wants. */
const patience = 5000
/** Milliseconds for an answer, which may wait for identity providers, for another reload, and for workers to start. */
const longestWaits: Readonly<Record<keyof ControlAsks, number>> = { reload: 150_000, restart: 1_800_000 }
/** Bytes. */
const longestAnswer = 1_000_000

/** The folder that a process and those who command it agree on; undefined: none, because the store lies elsewhere. */
export function controlFolder(given: string | undefined, store: string): string | undefined {
  if (process.platform === 'win32') return undefined
  return given === undefined ? /^embedded:(.+)$/.exec(store)?.[1] : resolve(given)
}

/**
 * A socket in the folder by which the process is asked to reload: of the mode 0600, so for its own user and root alone.
 * Each process has its own, under a name that nobody had before it. Rejects with a sentence for the operator.
 */
export async function openControl(folder: string, asks: ControlAsks): Promise<{ close(): void }> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if (((await stat(folder)).mode & 0o022) !== 0)
    throw new Error(`others may write in the folder ${folder}; chmod it to 0700 or name another: --control`)
  // What a process left that was killed.
  await Promise.all((await socketsIn(folder)).map((path) => call(path, '').catch(() => {})))
  const path = join(folder, `control-${randomBytes(4).toString('hex')}.sock`)
  if (Buffer.byteLength(path) > longestPath)
    throw new Error(`the path of the control socket, ${path}, is too long; name another folder: --control`)
  const callers = new Set<Socket>()
  const server = createServer((caller) => {
    callers.add(caller)
    caller.once('close', () => callers.delete(caller))
    serveCaller(caller, asks)
  })
  server.maxConnections = 16
  await listenPrivately(server, path)
  server.unref()
  return {
    close: () => {
      server.close()
      for (const caller of callers) caller.destroy()
    },
  }
}

function serveCaller(caller: Socket, asks: ControlAsks): void {
  let said = ''
  caller.setTimeout(patience, () => caller.destroy())
  caller.on('error', () => caller.destroy())
  caller.on('data', (chunk) => {
    said += chunk.toString('latin1')
    if (!Object.keys(words).some((known) => known.startsWith(said))) caller.destroy()
    const asked = Object.hasOwn(words, said) ? words[said] : undefined
    if (asked === undefined) return
    caller.setTimeout(0)
    asks[asked]().then(
      (outcome) => caller.end(JSON.stringify({ pid: process.pid, ...outcome })),
      () => caller.destroy(),
    )
  })
}

/** The socket is made within this call, so no moment is left in which others could open it. */
function listenPrivately(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    const before = process.umask(0o177)
    try {
      server.listen(path, resolve)
    } finally {
      process.umask(before)
    }
  })
}

async function socketsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder)
  return names.filter((name) => /^control-[0-9a-f]{8}\.sock$/.test(name)).map((name) => join(folder, name))
}

/**
 * Asks every process that serves from this folder, and waits for what becomes of it; an undefined answer is of one that
 * ended before it gave one. Sockets that nobody listens to any more are taken away.
 */
export async function askEach(
  folder: string,
  what: keyof ControlAsks,
): Promise<readonly (Answer | undefined)[]> {
  const answers = await Promise.all(
    (await socketsIn(folder)).map(async (path) => {
      const answer = await call(path, `${what}\n`, longestWaits[what])
      return answer === undefined ? [] : [readAnswer(answer)]
    }),
  )
  return answers.flat()
}

/** Whether a process serves that has its socket in this folder. */
export async function isServed(folder: string): Promise<boolean> {
  const found = await Promise.all((await socketsIn(folder)).map((path) => call(path, '')))
  return found.some((answer) => answer !== undefined)
}

function readAnswer(text: string): Answer | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What a process answers; undefined when nobody listens. Rejects when it may not be asked. */
async function call(path: string, words: string, longestWait = 0): Promise<string | undefined> {
  const socket = connect(path)
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    socket.on('error', () => {})
    if (words === '') return ''
    socket.write(words)
    return await wholeOf(socket, longestWait)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ECONNREFUSED' && code !== 'ENOENT') throw error
    await rm(path, { force: true })
    return undefined
  } finally {
    socket.destroy()
  }
}

/** All that comes until the other side ends; nothing when it is too much or too late. */
async function wholeOf(socket: Socket, longestWait: number): Promise<string> {
  socket.setTimeout(longestWait, () => socket.destroy())
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      length += chunk.length
      if (length > longestAnswer) return ''
    }
  } catch {
    return ''
  }
  return Buffer.concat(chunks).toString('utf8')
}
