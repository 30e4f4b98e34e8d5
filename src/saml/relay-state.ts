import { Refusal } from '../core/index.ts'

/**
 * Where an unsolicited response leads: a local path below one of `targets`, plain or in AD FS's form
 * `RPID=…&RelayState=…`; `/` when it names nothing. Anything else is refused, so that it is no open redirect.
 */
export function unsolicitedTarget(
  relayState: string | undefined,
  targets: readonly string[],
  entityId: string,
): string {
  if (relayState === undefined || relayState === '') return '/'
  const path = relayState.startsWith('RPID=') ? adfsTarget(relayState, entityId) : relayState
  if (!isLocalPath(path) || !targets.some((target) => path.startsWith(target))) {
    throw new Refusal(
      'relay_state',
      `RelayState ${JSON.stringify(relayState.slice(0, 100))} is no allowed local path`,
    )
  }
  return path
}

function adfsTarget(relayState: string, entityId: string): string {
  const fields = new URLSearchParams(relayState)
  if (fields.get('RPID') !== entityId) throw new Refusal('relay_state', 'RPID is not our entity ID')
  return fields.get('RelayState') || '/'
}

/** True for a path that stays on our own origin, however a browser reads it. */
export function isLocalPath(path: string): boolean {
  if (path.length > 2000 || !/^\/(?![/\\])[\x21-\x7e]*$/.test(path) || path.includes('\\')) return false
  const base = 'http://local.invalid'
  return URL.canParse(path, base) && new URL(path, base).origin === base
}
