import { existsSync, lstatSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { cliError, exit } from '../command.ts'
import { fileFault } from '../files/file-fault.ts'
import { say } from '../terminal/terminal.ts'

const maxBytes = 256_000_000

/** The texts of files, unpacked where they were packed by gzip; all together no more than fits. */
export function readTexts(
  files: readonly string[],
): readonly { readonly name: string; readonly text: string }[] {
  let left = maxBytes
  return files.map((name) => {
    const raw = attempt(name, () => {
      if (statSync(name).size > left) throw tooLarge()
      return readFileSync(name)
    })
    const bytes = raw[0] === 0x1f && raw[1] === 0x8b ? unpacked(name, raw, left) : raw
    left -= bytes.length
    if (left < 0) throw tooLarge()
    return { name, text: bytes.toString('utf8') }
  })
}

const tooLarge = () =>
  cliError(exit.badUsage, `These files are larger than ${maxBytes / 1e6} MB together; give fewer at a time.`)

function unpacked(name: string, raw: Buffer, most: number): Buffer {
  try {
    return gunzipSync(raw, { maxOutputLength: Math.max(most, 1) })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge()
    throw cliError(exit.badUsage, `${name}: cannot be unpacked (${(error as Error).message})`)
  }
}

function attempt<T>(name: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error
    throw fileFault(Object.assign(error as Error, { path: name }))
  }
}

/** Writes files into a folder; over those alone that begin as ours do, or hold the same. All or none. */
export function writeFiles(folder: string, files: ReadonlyMap<string, string>, firstWords: string): void {
  const foreign = [...files].find(([name, text]) => {
    const file = join(folder, name)
    if (!existsSync(file)) return false
    const isOurs = lstatSync(file).isFile() && readFileSync(file, 'utf8').startsWith(firstWords)
    return !isOurs && readFileSync(file, 'utf8') !== text && !name.endsWith('.xml')
  })
  if (foreign)
    throw cliError(
      exit.badUsage,
      `${join(folder, foreign[0])} was not written by this command; move it away, or choose another --out.`,
    )
  for (const [name, text] of files) {
    const file = join(folder, name)
    attempt(file, () => {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    })
  }
  say(`${folder}: ${files.size} ${files.size === 1 ? 'file' : 'files'} written.`)
}
