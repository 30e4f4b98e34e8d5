/** A folder of the person's own: an absolute path without a trailing slash. */
type Environment = Readonly<Record<string, string | undefined>>

/** The person's home; empty when the environment does not say. */
export function homeFolder(env: Environment): string {
  return env.HOME || env.USERPROFILE || ''
}

/** Where this program remembers things (XDG Base Directory, `$XDG_STATE_HOME`); undefined without a home. */
export function stateFolder(env: Environment): string | undefined {
  if (env.XDG_STATE_HOME?.startsWith('/')) return `${env.XDG_STATE_HOME}/rolebridge`
  if (env.LOCALAPPDATA) return `${env.LOCALAPPDATA}/rolebridge`
  const home = homeFolder(env)
  return home === '' ? undefined : `${home}/.local/state/rolebridge`
}

/** Short name for a text, to call a file by; whoever opens the file compares the text itself. Not a digest. */
export function nickname(text: string): string {
  let [high, low] = [0xdeadbeef, 0x41c6ce57]
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    high = Math.imul(high ^ code, 2654435761)
    low = Math.imul(low ^ code, 1597334677)
  }
  return (high >>> 0).toString(36) + (low >>> 0).toString(36)
}
