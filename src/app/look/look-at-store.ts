import { accessSync, constants, existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { openStore } from '../../store/index.ts'
import type { Look } from './look.ts'

/** Whether the store answers; of an embedded one only its folder, for the bridge may have it open. */
export async function lookAtStore(url: string, clock: () => number): Promise<readonly Look[]> {
  const place = 'store'
  const [, folder] = /^embedded:(.+)$/s.exec(url) ?? []
  if (folder !== undefined) return [lookAtFolder(folder)]
  const warnings: string[] = []
  try {
    const store = await openStore(url, { clock, warn: (message) => warnings.push(message) })
    await store.ping().finally(() => store.close())
    const [warning] = warnings
    return [
      {
        place,
        say: `${url.startsWith('postgres') ? 'PostgreSQL' : 'Redis'} answers`,
        ...(warning !== undefined && { warning }),
      },
    ]
  } catch (error) {
    // The store's own errors hold no password.
    return [{ place, say: '', problem: error instanceof Error ? error.message : String(error) }]
  }
}

function lookAtFolder(folder: string): Look {
  let at = folder
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at)
  try {
    accessSync(at, constants.W_OK | constants.X_OK)
    return { place: 'store', say: `${folder} ${at === folder ? 'can be written' : 'can be made'}` }
  } catch {
    return {
      place: 'store',
      say: '',
      problem: `${at} cannot be written by this user, and the store is there`,
    }
  }
}
