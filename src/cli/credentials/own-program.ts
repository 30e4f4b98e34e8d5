import { isInstalled } from '../tokens/run.ts'

/** The words that start this program from anywhere: its name where the PATH knows it, else Node and its file. */
export function ownProgram(env: NodeJS.ProcessEnv): readonly string[] {
  if (isInstalled('rolebridge', env)) return ['rolebridge']
  return [process.execPath, ...process.execArgv, process.argv[1] ?? 'rolebridge']
}
