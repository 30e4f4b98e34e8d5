import { stat } from 'node:fs/promises'

/** Milliseconds between two looks. */
const pause = 2000

export interface Watched {
  /** Every file that may matter, absolute. It may differ after each reload. */
  files(): readonly string[]
  /** Whether anybody wants to know. */
  isOn(): boolean
  changed(): Promise<unknown>
}

/**
 * Looks at files again and again, and tells once when one changed and all have stood still since the last look: an
 * editor or a mount that replaces several is through by then. Asking by name finds what notifications of the system
 * miss: files that were renamed over, links that lead elsewhere (Kubernetes' `..data`), network file systems.
 * Returns what ends it.
 */
export function watchFiles({ files, isOn, changed }: Watched): () => void {
  let seen = new Map<string, string>()
  let moving: string | undefined
  let ended = false

  const look = async (): Promise<void> => {
    const found = await statesOf(isOn() ? files() : [])
    const differs = [...found].some(([file, state]) => (seen.get(file) ?? state) !== state)
    const whole = JSON.stringify([...found])
    const stoodStill = moving === whole
    moving = differs ? whole : undefined
    if (differs && !stoodStill) return
    // What changes while it is read has another state at the next look.
    seen = found
    if (!differs) return
    moving = undefined
    await changed()
    const now = await statesOf(files())
    seen = new Map([...now].map(([file, state]) => [file, found.get(file) ?? state]))
  }

  const again = (): void => {
    if (!ended)
      setTimeout(
        () =>
          void look()
            .catch(() => {})
            .finally(again),
        pause,
      ).unref()
  }
  void look()
    .catch(() => {})
    .finally(again)
  return () => {
    ended = true
  }
}

/** What tells whether a file is another one than before; a change of its mode may mend a fault, too. */
async function statesOf(files: readonly string[]): Promise<Map<string, string>> {
  const states = files.map(async (file): Promise<[string, string]> => {
    const found = await stat(file).catch(() => undefined)
    return [file, found ? [found.dev, found.ino, found.size, found.mtimeMs, found.ctimeMs].join() : 'none']
  })
  return new Map(await Promise.all(states))
}
