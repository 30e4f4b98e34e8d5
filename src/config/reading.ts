import { createHash } from 'node:crypto'
import type { Finding } from './fault.ts'

/** What a configuration is read from, gathered on the way, and what is wrong with it. */
export interface Reading {
  readonly findings: Finding[]
  /** Every file that was looked for, with the SHA-256 of what it holds; undefined: it could not be read. */
  readonly files: Map<string, string | undefined>
}

/** Notes that a file was read, or looked for in vain. */
export function noteFile(files: Reading['files'], file: string, text: string | undefined): void {
  files.set(file, text === undefined ? undefined : createHash('sha256').update(text).digest('hex'))
}
