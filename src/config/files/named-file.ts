import type { Path } from '../fault.ts'
import { noteFile, type Reading } from '../reading.ts'
import { type Owned, readWhole, whyUnreadable } from '../whole-file.ts'

/** A file, absolute, and where the configuration names it. */
export interface NamedFile {
  readonly path: Path
  readonly file: string
}

/** What a file holds and whose it is, as it was open; undefined, with a finding, when it cannot be read. */
export function readNamed(
  { path, file }: NamedFile,
  reading: Reading,
): { readonly text: string; readonly stat: Owned } | undefined {
  noteFile(reading.files, file, undefined)
  try {
    const read = readWhole(file)
    noteFile(reading.files, file, read.text)
    return read
  } catch (error) {
    reading.findings.push({ path, message: `${file} ${whyUnreadable(error)}` })
    return undefined
  }
}
