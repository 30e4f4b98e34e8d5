import { X509Certificate } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { throwAwayAuthority } from './authority.ts'

const names = { authority: 'authority.crt', cert: 'tls.crt', key: 'tls.pem' } as const
/** Longer than the bridge warns before a certificate ends. */
const rest = 35 * 86_400_000

/** The authority and the certificate of the demo in `folder`: kept while they last a month, so that a browser is told once. */
export async function ensureAuthority(folder: string, now: number) {
  const kept = await read(folder)
  if (kept && Date.parse(new X509Certificate(kept).validTo) > now + rest) return { authority: kept, names }
  const made = await throwAwayAuthority(now)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeFile(join(folder, names.key), made.key, { mode: 0o600 })
  await writeFile(join(folder, names.cert), made.cert)
  // Last, because its being there says that the others are.
  await writeFile(join(folder, names.authority), made.authority)
  return { authority: made.authority, names }
}

async function read(folder: string): Promise<string | undefined> {
  const all = await Promise.all(
    Object.values(names).map((name) => readFile(join(folder, name), 'utf8')),
  ).catch(() => [])
  return all[0]
}
