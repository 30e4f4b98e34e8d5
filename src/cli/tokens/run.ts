import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Runs a program of the platform with a secret on its standard input, never in its arguments. */
export function run(
  program: string,
  args: readonly string[],
  input = '',
): { ok: boolean; status: number | null; output: string } {
  const { status, stdout } = spawnSync(program, args, {
    input,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: 30_000,
  })
  return { ok: status === 0, status, output: stdout ?? '' }
}

/** Whether the PATH has the program. */
export function isInstalled(program: string, env: NodeJS.ProcessEnv): boolean {
  return (env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return folder !== ''
    } catch {
      return false
    }
  })
}
