/**
 * Remember. Owns: where the bridge's memory lies (one file per kind of store), typed collections encrypted at
 * rest, expiry by the caller's clock. Does not own: what is remembered, nor for how long.
 */
import { z } from 'zod'
import type { Clock, Store } from '../core/index.ts'
import { readPostgresUrl } from '../postgres/index.ts'

export { type BackupHead, openBackup, writeBackup } from './backup/file.ts'
export { createArchive, keeping } from './backup/kept.ts'
export type { Watch } from './letters.ts'
export { type Collections, createCollections } from './records.ts'
export { createWitness, type Witness } from './witness.ts'

type Open = (url: string, deps: { clock: Clock; warn?: (message: string) => void }) => Promise<Store>

/** Loaded on demand: nobody pays for the client of a store they do not use. */
const redis: Open = async (url, deps) => (await import('./redis.ts')).openRedis(url, deps)
const embedded: Open = async (url, deps) => (await import('./embedded.ts')).openEmbedded(url, deps)
const postgres: Open = async (url, deps) => (await import('./postgres/open.ts')).openPostgres(url, deps)

/** By the scheme of the URL. */
const stores = {
  embedded,
  redis,
  rediss: redis,
  'redis+sentinel': redis,
  'rediss+sentinel': redis,
  'redis+cluster': redis,
  'rediss+cluster': redis,
  postgres,
  postgresql: postgres,
} satisfies Record<string, Open>

const examples =
  'embedded:./data, postgres://user@host/database, redis://host:6379 or redis+sentinel://host:26379/mymaster'

/** `store:` of the configuration: a URL whose scheme names the kind of store. */
export const storeOptions = z
  .string()
  .superRefine((url, context) => {
    const fault = schemeFault(url)
    if (fault) context.addIssue({ code: 'custom', message: fault })
  })
  .default('embedded:./data')

/**
 * Opens the store a URL names and resolves when it answers. Rejects with a sentence for the operator that holds
 * no password. `warn` hears of trouble that is no fault, such as a lost connection.
 */
export async function openStore(
  url: string,
  deps: { clock: Clock; warn?: (message: string) => void },
): Promise<Store> {
  const fault = schemeFault(url)
  if (fault) throw new Error(`store: ${fault}`)
  return stores[schemeOf(url) as keyof typeof stores](url, deps)
}

function schemeOf(url: string): string | undefined {
  return /^([a-z][a-z0-9+.-]*):/.exec(url)?.[1]
}

/** Read before anything is opened, as the address of the history is. */
function postgresFaultOf(url: string): string | undefined {
  try {
    readPostgresUrl(url)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

function schemeFault(url: string): string | undefined {
  const scheme = schemeOf(url)
  if (scheme === undefined) return `names no kind of store; write for example ${examples}`
  if (Object.hasOwn(stores, scheme)) return /^postgres/.test(scheme) ? postgresFaultOf(url) : undefined
  const near = Object.keys(stores).find((name) => name.startsWith(scheme) || scheme.startsWith(name))
  return `knows no kind of store “${scheme}”; ${near ? `did you mean “${near}”?` : `write for example ${examples}`}`
}
