import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Sources } from '../environment.ts'
import { exposureOf } from '../exposure.ts'
import { noteFile, type Reading } from '../reading.ts'

const longest = 65_536

/** Reads what `${file:PATH}` stands for: one value in a file that nobody else may read; the newline at its end is none of it. */
export function secretFiles(baseDir: string, files: Reading['files']): Sources['secretFile'] {
  return (path) => {
    const file = resolve(baseDir, path.trim())
    noteFile(files, file, undefined)
    try {
      const { size } = statSync(file)
      if (size > longest) return { fault: `${file} is larger than 64 KB` }
      const text = readFileSync(file, 'utf8')
      noteFile(files, file, text)
      const exposure = exposureOf(file)
      if (exposure !== undefined) return { fault: `${file} holds a secret, but ${exposure}` }
      const value = text.replace(/\r?\n$/, '')
      return /[\r\n]/.test(value) ? { fault: `${file} holds more than one line` } : { text: value }
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      const why = { ENOENT: 'does not exist', EACCES: 'may not be read', EISDIR: 'is a folder' }[code]
      return { fault: `${file} ${why ?? 'cannot be read'}` }
    }
  }
}
