import { readFileSync } from 'node:fs'

/** Version of the package that this file is part of, two folders above the source and one above the bundle. */
export const version: string = readVersion(['../../package.json', '../package.json'])

function readVersion(places: readonly string[]): string {
  for (const place of places) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8'))
      if (name === 'rolebridge') return version
    } catch {
      // not there: the next place
    }
  }
  return '0.0.0'
}
