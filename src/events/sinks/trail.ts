import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { linesBackwards } from '../backwards.ts'
import { type ChainEnd, endAfter } from '../chain.ts'

/** An audit file that is open for appending, as we last knew it. */
export interface Trail {
  readonly handle: FileHandle
  readonly dev: number
  readonly ino: number
  readonly size: number
  readonly end: ChainEnd
  /** Bytes of a torn last line that were moved to `tornFile`. */
  readonly torn: number
}

/**
 * Opens the file for appending (created with mode 0600, its folder with 0700) and finds the end of its chain.
 * `known` is the end we remember: the chain goes on from there when the file is new (log rotation) or was cut.
 * A torn last line, left by a crash, is moved aside (`tornFile`). Rejects when the file is no audit file.
 */
export async function openTrail(path: string, known: ChainEnd): Promise<Trail> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const handle = await open(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o600)
  try {
    const { dev, ino, size, ...stats } = await handle.stat()
    if ((stats.mode & constants.S_IFMT) !== constants.S_IFREG) throw new Error('it is no regular file')
    if (size === 0) await syncFolder(dirname(path))
    const tail = await readTail(handle, size)
    const torn = size - tail.size
    if (torn > 0) await setAside(path, handle, tail.size, torn)
    const end = tail.end && tail.end.seq >= known.seq ? tail.end : known
    return { handle, dev, ino, size: tail.size, end, torn }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Where lines go that a crash tore, beside the file. */
export const tornFile = (path: string): string => `${path}.torn`

/** True while the path still names the file we write, and nobody else wrote or cut it. */
export async function isCurrent(path: string, { dev, ino, size }: Trail): Promise<boolean> {
  const now = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return now !== undefined && now.dev === dev && now.ino === ino && now.size === size
}

/** The chain's end and the size up to it: all complete lines. */
async function readTail(handle: FileHandle, size: number): Promise<{ size: number; end?: ChainEnd }> {
  let whole = size
  for await (const line of linesBackwards(handle, size)) {
    if (!line.complete) {
      whole = line.at
      continue
    }
    const end = endAfter(line.bytes)
    if (!end) throw new Error('its last line is none of an audit file; move the file away or name another')
    return { size: whole, end }
  }
  return { size: whole }
}

async function setAside(path: string, handle: FileHandle, from: number, length: number): Promise<void> {
  const bytes = Buffer.alloc(length)
  await handle.read(bytes, 0, length, from)
  const aside = await open(tornFile(path), 'a', 0o600)
  try {
    await aside.appendFile(Buffer.concat([bytes, Buffer.from('\n')]))
    await aside.datasync()
  } finally {
    await aside.close()
  }
  await handle.truncate(from)
  await handle.datasync()
}

/** A new file's name is only durable with its folder. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  await handle.sync().finally(() => handle.close())
}
