import type { Log } from '../app.ts'
import { type ControlAsks, controlFolder, openControl } from './control.ts'

/** Opens the control socket. Where nobody asked for one, none is no reason not to serve. */
export async function openDoor(
  { store, control }: { readonly store: string; readonly control: string | undefined },
  log: Log,
  asks: ControlAsks,
): Promise<{ close(): void } | undefined> {
  const folder = controlFolder(control, store)
  if (folder === undefined) return undefined
  return openControl(folder, asks).catch((error: Error) => {
    if (control !== undefined) throw error
    log.warn(`\`rolebridge reload\` will not find this process: ${error.message}`)
    return undefined
  })
}
