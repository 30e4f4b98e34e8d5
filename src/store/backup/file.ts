import { createHmac, timingSafeEqual } from 'node:crypto'
import { constants, type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { deriveKey } from '../seal.ts'
import type { Kept } from './kept.ts'
import { linesOf } from './lines.ts'

/** What a backup says of itself, in the clear. */
export interface BackupHead {
  /** Of the program that wrote it. */
  readonly version: string
  /** Epoch milliseconds. */
  readonly at: number
  readonly node: string
  /** The configuration that was in the file then, by its short name. */
  readonly config: string
  /** Where the audit trail was: nothing older than this is missing in it. */
  readonly audit?: { readonly seq: number; readonly hash: string } | undefined
}

/** A backup whose every byte is as it was written. */
export interface Backup {
  readonly head: BackupHead
  /** All that it holds; throws at the end where the file was changed since it was opened. */
  records(): AsyncGenerator<Kept>
  close(): Promise<void>
}

/** One that this program reads. A change that older ones cannot read is another number. */
const format = 1
const name = 'records.jsonl'
const flushAt = 1 << 18

const keyOf = (secret: string) => deriveKey(secret, 'backup file')

/**
 * Writes a backup into a folder that is made for it, for its owner alone: JSON lines, first the head, last a code that
 * nobody makes without the secret. It has its name when all of it is on the disk. Returns how many records it holds.
 */
export async function writeBackup(
  folder: string,
  head: BackupHead,
  records: AsyncIterable<Kept>,
  secrets: readonly string[],
): Promise<number> {
  await makeFolder(folder)
  try {
    const [part, path] = [join(folder, `${name}.part`), join(folder, name)]
    const handle = await open(part, 'wx', 0o600)
    const count = await writeAll(handle, head, records, keyOf(secrets[0] ?? '')).finally(() => handle.close())
    await rename(part, path)
    await syncFolder(folder)
    return count
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST')
      throw new Error(`${folder} exists: name a new folder, each backup has its own`)
    throw new Error(`the folder ${folder} cannot be made: ${error.message}`)
  })
}

async function writeAll(
  handle: FileHandle,
  head: BackupHead,
  records: AsyncIterable<Kept>,
  key: ReturnType<typeof keyOf>,
): Promise<number> {
  const code = createHmac('sha256', key.bytes)
  let [waiting, count] = ['', 0]
  const add = (line: object) => {
    const text = `${JSON.stringify(line)}\n`
    code.update(text)
    waiting += text
  }
  const flush = async () => {
    await handle.appendFile(waiting)
    waiting = ''
  }
  add({ rolebridge: 'backup', format, key: key.id, ...head })
  for await (const { kind, key: under, text } of records) {
    add({ kind, key: under, text })
    count += 1
    if (waiting.length > flushAt) await flush()
  }
  waiting += `${JSON.stringify({ records: count, code: code.digest('base64url') })}\n`
  await flush()
  await handle.sync()
  return count
}

/** Windows opens no folder; there a rename is on the disk when the system says so. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  await handle.sync().finally(() => handle.close())
}

/**
 * Opens a backup and reads all of it once: rejects with a sentence for the operator when it is none, is of a newer
 * version or of another secret, or was changed.
 */
export async function openBackup(folder: string, secrets: readonly string[]): Promise<Backup> {
  const path = join(folder, name)
  const unreadable = (why: string) =>
    new Error(`${folder} is no backup of Rolebridge that can be read: ${why}`)
  // Without O_NONBLOCK the opening of a pipe waits for somebody who writes.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)
  const handle = await open(path, flags).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(error.code === 'ENOENT' ? `there is no ${name} in it` : error.message)
  })
  try {
    if (!(await handle.stat()).isFile()) throw unreadable(`${name} is no file`)
    const all = recordsIn(handle, path, secrets)
    for (;;) {
      const { done, value } = await all.next()
      if (!done) continue
      const records = () => recordsIn(handle, path, secrets)
      return { head: value, records, close: () => handle.close() }
    }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Reads from the beginning; what is yielded is believed when the end was reached. */
async function* recordsIn(
  handle: FileHandle,
  path: string,
  secrets: readonly string[],
): AsyncGenerator<Kept, BackupHead> {
  const changed = () =>
    new Error(`${path} was changed or cut off after it was written. Nothing of it is used`)
  let head: (BackupHead & { readonly key: string }) | undefined
  let code: ReturnType<typeof createHmac> | undefined
  let [count, ended] = [0, false]
  for await (const line of linesOf(handle)) {
    const said = parse(line)
    if (head === undefined || code === undefined) {
      head = judgeHead(said, path)
      const key = secrets.map(keyOf).find(({ id }) => id === head?.key)
      if (!key) throw otherSecret(path)
      code = createHmac('sha256', key.bytes).update(`${line}\n`)
    } else if (ended || said === undefined) {
      throw changed()
    } else if (isKept(said)) {
      code.update(`${line}\n`)
      count += 1
      yield said
    } else {
      if (said.records !== count || !isSame(said.code, code.digest())) throw changed()
      ended = true
    }
  }
  if (head === undefined) throw new Error(`${path} is no backup of Rolebridge`)
  if (!ended) throw changed()
  return head
}

function isSame(given: unknown, due: Buffer): boolean {
  const bytes = Buffer.from(typeof given === 'string' ? given : '', 'base64url')
  return bytes.length === due.length && timingSafeEqual(bytes, due)
}

type Said = Readonly<Record<string, unknown>>

function parse(line: string): Said | undefined {
  try {
    const said = JSON.parse(line)
    return typeof said === 'object' && said !== null ? said : undefined
  } catch {
    return undefined
  }
}

const isKept = (said: Said): said is Said & Kept =>
  typeof said.kind === 'string' && typeof said.key === 'string' && typeof said.text === 'string'

function judgeHead(said: Said | undefined, path: string): BackupHead & { readonly key: string } {
  // Nothing vouches for these words yet, and they may be shown.
  const isShort = String(said?.version).length <= 64 && Number.isSafeInteger(said?.format)
  if (said?.rolebridge !== 'backup' || !isShort) throw new Error(`${path} is no backup of Rolebridge`)
  if (said.format !== format)
    throw new Error(
      `${path} was written by Rolebridge ${said.version}, in a form (${said.format}) that this version does not read. Restore it with that version or a later one`,
    )
  return said as unknown as BackupHead & { readonly key: string }
}

const otherSecret = (path: string) =>
  new Error(
    `${path} was made with another \`secret\`. Name that one too, as the second: secret: [the one of today, the one of then]`,
  )
