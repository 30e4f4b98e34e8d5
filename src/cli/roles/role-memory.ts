import { nickname, stateFolder } from '../files/places.ts'
import { readPrivate } from '../files/private-files.ts'
import { writePrivate } from '../files/private-folder.ts'
import { readRemembered } from '../sign-in/remembered.ts'
import type { Role } from './role.ts'

const fileOf = (folder: string, url: string) => `${folder}/roles/${nickname(url)}.json`

/** Notes the roles that a bridge listed: for completion, and for names while it is out of reach. */
export function rememberRoles(folder: string, url: string, roles: readonly Role[]): void {
  writePrivate(fileOf(folder, url), JSON.stringify({ url, roles }))
}

/** The roles that a bridge listed last; none when nothing is known. */
export function rolesListedBy(folder: string, url: string): readonly Role[] {
  try {
    const kept = JSON.parse(readPrivate(fileOf(folder, url)) ?? '{}')
    return kept.url === url && Array.isArray(kept.roles) ? kept.roles : []
  } catch {
    return []
  }
}

/** The roles of the bridge that is meant when none is named; none when nothing is known. */
export function rememberedRoles(env: NodeJS.ProcessEnv = process.env): readonly Role[] {
  try {
    const folder = stateFolder(env) ?? ''
    return rolesListedBy(folder, env.ROLEBRIDGE_URL || readRemembered(folder).current || '')
  } catch {
    return []
  }
}
