import { isSea } from 'node:sea'
import { isInstalled } from '../tokens/run.ts'

/** The words that start this program from anywhere: its name where the PATH knows it, else its file, with its Node. */
export function ownProgram(env: NodeJS.ProcessEnv): readonly string[] {
  if (isInstalled('rolebridge', env)) return ['rolebridge']
  if (isSea()) return [process.execPath]
  return [process.execPath, ...process.execArgv, process.argv[1] ?? 'rolebridge']
}
