import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { isMap, parseDocument } from 'yaml'
import { substitute } from './environment.ts'
import { secretFiles } from './secrets/secret-file.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The store that a file names, by an absolute path where it is a folder, as far as a file tells that may be full of
 * faults; undefined when it does not.
 */
export function storeNamedIn(file: string, env: Environment): string | undefined {
  const { contents } = parseDocument(readFileSync(file, 'utf8'), { prettyErrors: false })
  const written = isMap(contents) ? (contents.get('store') ?? 'embedded:./data') : undefined
  if (typeof written !== 'string') return undefined
  const baseDir = dirname(resolve(file))
  const missing: string[] = []
  const sources = { env, secretFile: secretFiles(baseDir, new Map()) }
  const store = substitute(written, sources, (message) => missing.push(message))
  return missing.length > 0 ? undefined : withAbsoluteFolder(store, baseDir)
}

/** `embedded:./data` with the folder's absolute path; other stores as they are. */
export function withAbsoluteFolder(store: string, baseDir: string): string {
  return store.replace(/^embedded:(.+)$/, (_all, path: string) => `embedded:${resolve(baseDir, path)}`)
}
