import { isBelow, Refusal, readLocalPath } from '../../core/index.ts'

/**
 * Where an unsolicited response leads: a local path, normalised, at or below one of `targets`, plain or in AD FS's
 * form `RPID=…&RelayState=…`; `/` when it names nothing. Anything else is refused, so that it is no open redirect.
 */
export function unsolicitedTarget(
  relayState: string | undefined,
  targets: readonly string[],
  entityId: string,
): string {
  if (relayState === undefined || relayState === '') return '/'
  const written = relayState.startsWith('RPID=') ? adfsTarget(relayState, entityId) : relayState
  const path = readLocalPath(written)
  if (path === undefined || !targets.some((target) => isBelow(path, target))) {
    throw new Refusal(
      'relay_state',
      `RelayState ${JSON.stringify(relayState.slice(0, 100))} is no allowed local path`,
    )
  }
  return path.href
}

function adfsTarget(relayState: string, entityId: string): string {
  const fields = new URLSearchParams(relayState)
  if (fields.get('RPID') !== entityId) throw new Refusal('relay_state', 'RPID is not our entity ID')
  return fields.get('RelayState') || '/'
}
