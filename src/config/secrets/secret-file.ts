import { resolve } from 'node:path'
import type { Sources } from '../environment.ts'
import { exposureBy } from '../exposure.ts'
import { noteFile, type Reading } from '../reading.ts'
import { readWhole, whyUnreadable } from '../whole-file.ts'

const longest = 65_536

/** Reads what `${file:PATH}` stands for: one value in a file that nobody else may read; the newline at its end is none of it. */
export function secretFiles(baseDir: string, files: Reading['files']): Sources['secretFile'] {
  return (path) => {
    const file = resolve(baseDir, path.trim())
    noteFile(files, file, undefined)
    try {
      const { text, stat } = readWhole(file, longest)
      noteFile(files, file, text)
      const exposure = exposureBy(stat)
      if (exposure !== undefined) return { fault: `${file} holds a secret, but ${exposure}` }
      const value = text.replace(/\r?\n$/, '')
      return /[\r\n]/.test(value) ? { fault: `${file} holds more than one line` } : { text: value }
    } catch (error) {
      return { fault: `${file} ${whyUnreadable(error)}` }
    }
  }
}
