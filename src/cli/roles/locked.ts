import { whomToAsk } from '../http.ts'
import { type Bridge, callApi } from '../sign-in/access.ts'
import { plain } from '../terminal/plain-text.ts'
import { readRole, record } from './read-role.ts'
import type { Role } from './role.ts'

/** A role that only a condition keeps shut, with why. */
export type LockedRole = Role & {
  readonly reasons: readonly string[]
  readonly openedBySignIn: boolean
  readonly asked: boolean
}

/** The roles that only a condition keeps shut for the person, and whom to ask. */
export async function fetchLocked(
  bridge: Bridge,
): Promise<{ readonly locked: readonly LockedRole[]; readonly ask: readonly string[] }> {
  const body = await callApi(bridge, '/api/v1/roles?locked=true')
  const locked = (Array.isArray(body.locked) ? body.locked : []).flatMap((one: unknown) => {
    const role = readRole(one)
    const { reasons, step_up, ask } = record(one)
    if (role === undefined) return []
    const said = (Array.isArray(reasons) ? reasons : []).map(plain)
    return [{ ...role, reasons: said, openedBySignIn: step_up !== undefined, asked: ask !== undefined }]
  })
  return { locked, ask: whomToAsk(body) }
}
