import { nickname, stateFolder } from './places.ts'
import { readPrivate } from './private-files.ts'
import { writePrivate } from './private-folder.ts'
import { readRemembered } from './remembered.ts'
import type { Role } from './role.ts'

const fileOf = (folder: string, url: string) => `${folder}/roles/${nickname(url)}.json`

/** Notes the roles that a bridge listed, for completion. */
export function rememberRoles(folder: string, url: string, roles: readonly Role[]): void {
  writePrivate(fileOf(folder, url), JSON.stringify({ url, roles }))
}

/** The roles of the bridge that is meant when none is named; none when nothing is known. */
export function rememberedRoles(env: NodeJS.ProcessEnv = process.env): readonly Role[] {
  try {
    const folder = stateFolder(env) ?? ''
    const url = env.ROLEBRIDGE_URL || readRemembered(folder).current || ''
    const kept = JSON.parse(readPrivate(fileOf(folder, url)) ?? '{}')
    return kept.url === url && Array.isArray(kept.roles) ? kept.roles : []
  } catch {
    return []
  }
}
