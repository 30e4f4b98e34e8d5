/**
 * Hand it out. Owns: how credentials are written down, one file per format; flags of the command line, tabs of
 * the portal and the documentation derive from the registry. Does not own: getting, caching or sending them.
 */
import { cmd } from './cmd.ts'
import { credentialProcess } from './credential-process.ts'
import { credentialsFile } from './credentials-file.ts'
import { dotenv } from './dotenv.ts'
import { env } from './env.ts'
import { fish } from './fish.ts'
import type { Format } from './format.ts'
import { json } from './json.ts'
import { powershell } from './powershell.ts'
import { tcsh } from './tcsh.ts'

export { conflicting, environment } from './environment.ts'
export type { Format, FormatOptions } from './format.ts'

/** In the order in which people are offered them. */
export const formats = {
  env,
  powershell,
  fish,
  cmd,
  tcsh,
  dotenv,
  'credentials-file': credentialsFile,
  'credential-process': credentialProcess,
  json,
} satisfies Record<string, Format>

export type FormatName = keyof typeof formats
export const formatNames = Object.keys(formats) as [FormatName, ...FormatName[]]

/** Values of `env --shell`. */
export const shells: readonly string[] = Object.values<Format>(formats).flatMap(({ shells = [] }) => shells)

/** The format that sets the environment of a shell; undefined for a shell we do not know. */
export function formatForShell(shell: string): Format | undefined {
  return Object.values<Format>(formats).find((format) => format.shells?.includes(shell))
}
