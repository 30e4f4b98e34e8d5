import { readdirSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import type { Path } from '../fault.ts'
import { once } from '../files-read.ts'
import { noteFile, type Reading } from '../reading.ts'
import { readWhole, whyUnreadable } from '../whole-file.ts'

/** Where the configuration stands. */
export interface Home {
  /** As it was named; faults in files beside it are told likewise. */
  readonly file: string
  readonly baseDir: string
}

/** A file that the configuration takes a part of itself from. */
export interface PartFile {
  readonly path: string
  /** For faults. */
  readonly name: string
}

const maxFiles = 1000
const maxBytes = 20_000_000

/** The files that `include:` names, in the order of the list, those of one pattern by name. Each counts once. */
export function includedFiles(
  patterns: readonly string[],
  home: Home,
  { findings, files }: Reading,
): readonly PartFile[] {
  const found = new Map<string, PartFile & { readonly by: string }>()
  for (const [index, pattern] of patterns.entries()) {
    const fault = (message: string) => findings.push({ path: ['include', index], message })
    const names = namesOf(pattern, home.baseDir, files)
    if (typeof names === 'string') fault(names)
    for (const name of typeof names === 'string' ? [] : names) {
      const path = resolve(home.baseDir, dirname(pattern), name)
      const before = found.get(path)
      if (before) fault(`takes ${path} a second time, which ${before.by} already does`)
      else found.set(path, { path, name: nameIn(home, join(dirname(pattern), name)), by: pattern })
    }
  }
  if (found.size <= maxFiles) return [...found.values()]
  findings.push({ path: ['include'], message: `takes ${found.size} files; ${maxFiles} is the most` })
  return []
}

/** How a file beside the configuration is called in faults. */
export function nameIn({ file }: Home, path: string): string {
  return isAbsolute(path) ? path : join(dirname(file), path)
}

/** The names in a folder that a pattern means, or what is wrong with it. */
function namesOf(pattern: string, baseDir: string, files: Reading['files']): readonly string[] | string {
  const [folder, wanted] = [dirname(pattern), basename(pattern)]
  if (/[*?]/.test(folder)) return 'takes * and ? in the name of the file only, not in that of a folder'
  if (!/[*?]/.test(wanted)) return [wanted]
  const whole = resolve(baseDir, folder)
  try {
    // As in a shell, what begins with a dot is not meant: editors keep their copies so.
    const all = once(whole, () => readdirSync(whole))
    const names = all.filter((name) => !name.startsWith('.') && isLike(wanted, name))
    // A file that comes or goes changes the configuration as well.
    noteFile(files, whole, names.sort().join('\n'))
    return names.length > 0 ? names : 'matches no file'
  } catch {
    noteFile(files, whole, undefined)
    return `${whole} is no folder that can be read`
  }
}

function isLike(pattern: string, name: string): boolean {
  const literal = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  const source = pattern.replace(/[^*?]+|[*?]/g, (piece) =>
    piece === '*' ? '.*' : piece === '?' ? '.' : literal(piece),
  )
  return new RegExp(`^${source}$`, 's').test(name)
}

/** Reads files one after the other, together no more than fits into memory many times. */
export function partReader({ findings, files }: Reading): (path: Path, file: string) => string | undefined {
  let left = maxBytes
  return (path, file) => {
    noteFile(files, file, undefined)
    try {
      const { text } = readWhole(file, left)
      left -= Buffer.byteLength(text)
      noteFile(files, file, text)
      return text
    } catch (error) {
      const isTooLarge = (error as NodeJS.ErrnoException).code === 'EFBIG'
      findings.push({ path, message: `${file} ${isTooLarge ? sayTooLarge : whyUnreadable(error)}` })
      return undefined
    }
  }
}

const sayTooLarge = `is too large: the files of a configuration have ${maxBytes / 1e6} MB together at most`
