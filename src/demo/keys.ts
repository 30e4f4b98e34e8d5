import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type KeyPair, selfSigned } from '../saml/index.ts'

const demoKeys = ['demo-idp', 'sp-signing', 'sp-decryption', 'aws-signing'] as const
export type DemoKeyName = (typeof demoKeys)[number]
export type DemoKeys = Readonly<Record<DemoKeyName, KeyPair>>

/**
 * The keys of the demo in `dir` (0700), files `NAME.pem` (0600) and `NAME.crt`: made on the first run, read
 * afterwards. `now` is epoch milliseconds. Rejects when the directory cannot be written.
 */
export async function ensureKeys(dir: string, now: number): Promise<DemoKeys> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  await chmod(dir, 0o700)
  const pairs = await Promise.all(
    demoKeys.map(async (name) => [name, await ensurePair(dir, name, now)] as const),
  )
  return Object.fromEntries(pairs) as Record<DemoKeyName, KeyPair>
}

async function ensurePair(dir: string, name: string, now: number): Promise<KeyPair> {
  const keyFile = join(dir, `${name}.pem`)
  const certFile = join(dir, `${name}.crt`)
  const kept = await Promise.all([readIfThere(keyFile), readIfThere(certFile)])
  if (kept[0] !== undefined && kept[1] !== undefined) return { key: kept[0], cert: kept[1] }
  const made = await selfSigned({ commonName: name, days: 3650, now })
  await writeFile(keyFile, made.key, { mode: 0o600 })
  await chmod(keyFile, 0o600)
  await writeFile(certFile, made.cert)
  return made
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
