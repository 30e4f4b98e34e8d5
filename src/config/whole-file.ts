import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { resolve } from 'node:path'
import { once } from './files-read.ts'

/** As much as the metadata of a federation may have. */
const most = 20_000_000

/** Whose a file is, and who may read or change it. */
export interface Owned {
  readonly mode: number
  readonly uid: number
}

/**
 * Reads a file that somebody may have exchanged for something else since it was named: what is opened is what is judged
 * and read. A pipe without a writer, or a device without an end, would stop the process that serves meanwhile. Throws like
 * `node:fs`, with `EISDIR`, `ENOTFILE`, `EOPEN` or `EFBIG` for what is no file, everybody's or too large.
 */
export function readWhole(
  file: string,
  limit: number = most,
): { readonly text: string; readonly stat: Owned } {
  return once(resolve(file), () => fromDisk(file, limit))
}

function fromDisk(file: string, limit: number): { readonly text: string; readonly stat: Owned } {
  // Without O_NONBLOCK the opening of a pipe waits for somebody who writes.
  const opened = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const stat = fstatSync(opened)
    if (stat.isDirectory()) throw withCode('EISDIR')
    if (!stat.isFile()) throw withCode('ENOTFILE')
    // Rules, metadata and certificates say whom to believe: whoever may change them may be anybody.
    if (process.platform !== 'win32' && stat.mode & 0o002) throw withCode('EOPEN')
    if (stat.size > limit) throw tooLarge(limit)
    const { mode, uid } = stat
    return { text: bytesOf(opened, limit).toString('utf8'), stat: { mode, uid } }
  } finally {
    closeSync(opened)
  }
}

/** A file that grows meanwhile, or one of a system that names no size, has its limit too. */
function bytesOf(opened: number, limit: number): Buffer {
  const chunks: Buffer[] = []
  let length = 0
  for (;;) {
    const chunk = Buffer.allocUnsafe(65_536)
    const got = readSync(opened, chunk)
    if (got === 0) return Buffer.concat(chunks)
    chunks.push(chunk.subarray(0, got))
    length += got
    if (length > limit) throw tooLarge(limit)
  }
}

const withCode = (code: string, message = code) => Object.assign(new Error(message), { code })
const tooLarge = (limit: number) =>
  withCode('EFBIG', `is larger than ${limit < 1e6 ? `${limit / 1024} KB` : `${limit / 1e6} MB`}`)

/** Why a file could not be read, to stand behind its name. */
export function whyUnreadable(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EFBIG') return message
  return reasons[String(code)] ?? 'cannot be read'
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read',
  EISDIR: 'is a folder',
  ENOTFILE: 'is no file',
  EOPEN: 'may be changed by everybody; chmod o-w it',
}
