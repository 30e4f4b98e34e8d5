import { nickname } from '../files/places.ts'
import { readPrivate } from '../files/private-files.ts'
import { writePrivate } from '../files/private-folder.ts'
import type { Kept } from '../sign-in/remembered.ts'

/** A session that a second factor opened, as it is kept: 0600, in this program's own folder. */
export interface KeptSession extends Pick<Kept, 'credentials' | 'issuedAt'> {
  readonly key: SessionKey
  readonly serial: string
}

/** Of which keys, at which STS; other keys in the same profile are another session. */
export interface SessionKey {
  readonly profile: string
  readonly accessKeyId: string
  readonly endpoint: string
}

export function sessionFile(folder: string, { profile, accessKeyId, endpoint }: SessionKey): string {
  return `${folder}/mfa/${nickname(`${profile}\n${accessKeyId}\n${endpoint}`)}.json`
}

/** The session kept for exactly these keys, and this device if one is asked for; undefined when there is none. */
export function readSession(
  folder: string,
  key: SessionKey,
  serial: string | undefined,
): KeptSession | undefined {
  const text = readPrivate(sessionFile(folder, key))
  if (text === undefined) return undefined
  try {
    const kept = JSON.parse(text) as KeptSession
    const same = (['profile', 'accessKeyId', 'endpoint'] as const).every(
      (name) => kept.key[name] === key[name],
    )
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = kept.credentials
    const sound = [accessKeyId, secretAccessKey, sessionToken].every((word) => /^[\x21-\x7e]+$/.test(word))
    const wanted = serial === undefined || kept.serial === serial
    return same && sound && wanted && Number.isFinite(expiresAt) ? kept : undefined
  } catch {
    return undefined
  }
}

export function keepSession(folder: string, kept: KeptSession): void {
  writePrivate(sessionFile(folder, kept.key), JSON.stringify(kept))
}
