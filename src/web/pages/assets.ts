import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** The public files, read once. Their URL holds a digest of them all, so a browser may keep them for good. */
export interface Assets {
  readonly version: string
  readonly url: (name: string) => string
  readonly get: (name: string) => { readonly type: string; readonly body: Buffer } | undefined
}

/** Reads `directory` into memory; files of unknown type are left out. */
export function loadAssets(directory: string): Assets {
  const files = new Map<string, { type: string; body: Buffer }>()
  const digest = createHash('sha256')
  for (const name of readdirSync(directory).sort()) {
    const type = types[extname(name)]
    if (type === undefined) continue
    const body = readFileSync(join(directory, name))
    files.set(name, { type, body })
    digest.update(`${name}\0${body.length}\0`).update(body)
  }
  const version = digest.digest('hex').slice(0, 16)
  return { version, url: (name) => `/public/${version}/${name}`, get: (name) => files.get(name) }
}
