import { rmSync } from 'node:fs'
import { nickname } from '../files/places.ts'
import { readPrivate } from '../files/private-files.ts'
import { writePrivate } from '../files/private-folder.ts'
import type { TokenPlace } from './token-place.ts'

const fileOf = (folder: string, url: string) => `${folder}/tokens/${nickname(url)}.json`

/** A file that only its owner may read, where there is no keychain. */
export const fileTokens: TokenPlace = {
  name: 'file',
  label: 'a file that only you may read',
  usable: () => true,
  get(url, folder) {
    const text = readPrivate(fileOf(folder, url))
    if (text === undefined) return undefined
    const kept = JSON.parse(text) as { url?: unknown; secret?: unknown }
    return kept.url === url && typeof kept.secret === 'string' ? kept.secret : undefined
  },
  put(url, folder, secret) {
    writePrivate(fileOf(folder, url), JSON.stringify({ url, secret }))
  },
  remove(url, folder) {
    rmSync(fileOf(folder, url), { force: true })
  },
}
