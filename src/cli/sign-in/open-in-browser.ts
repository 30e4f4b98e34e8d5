import { spawn } from 'node:child_process'

/**
 * Opens an address in the person's browser; false when there is none to open it in. `BROWSER` names a program.
 * The address is one argument, never part of a shell's line.
 */
export function openInBrowser(address: string): boolean {
  const opener = openerFor(address)
  if (opener === undefined) return false
  const [program, args] = opener
  const child = spawn(program, args, { stdio: 'ignore', detached: true })
  child.on('error', () => {})
  child.unref()
  return true
}

function openerFor(address: string): readonly [string, string[]] | undefined {
  const { env, platform } = process
  if (env.BROWSER) return [env.BROWSER, [address]]
  if (platform === 'darwin') return ['/usr/bin/open', [address]]
  if (platform === 'win32') return ['rundll32.exe', ['url.dll,FileProtocolHandler', address]]
  if (env.SSH_CONNECTION && !env.DISPLAY) return undefined
  return env.DISPLAY || env.WAYLAND_DISPLAY || env.WSL_DISTRO_NAME ? ['xdg-open', [address]] : undefined
}
