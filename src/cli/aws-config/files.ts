import { accessSync, constants, mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { cliError, exit } from '../command.ts'
import { fileFault } from '../files/file-fault.ts'
import { homeFolder } from '../files/places.ts'
import { replaceFile } from '../files/private-folder.ts'

/** Where AWS tools read: the configuration and the shared credentials. */
export function awsFiles(env: NodeJS.ProcessEnv): { readonly config: string; readonly credentials: string } {
  const folder = `${homeFolder(env)}/.aws`
  return {
    config: env.AWS_CONFIG_FILE || `${folder}/config`,
    credentials: env.AWS_SHARED_CREDENTIALS_FILE || `${folder}/credentials`,
  }
}

/** The text of a file; empty when it is not there. Refuses what is not UTF-8, which writing would damage. */
export function readText(path: string): string {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw fileFault(Object.assign(error as Error, { path }))
  }
  const text = bytes.toString('utf8')
  if (!Buffer.from(text).equals(bytes))
    throw cliError(exit.badUsage, `${path} is not UTF-8; it is left alone.`)
  return text
}

/**
 * Replaces a file in one step, keeping its permissions, and the link if it is one. Refuses when it no longer says
 * `expected`: somebody else wrote meanwhile.
 */
export function replaceText(path: string, expected: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const { target, mode } = existing(path)
  if (readText(target) !== expected)
    throw cliError(exit.unknown, `${path} changed meanwhile and is left alone. Please try again.`)
  replaceFile(target, text, mode)
}

/** Throws a sentence when a file of this path could not be replaced or made. */
export function ensureReplaceable(path: string): void {
  const folder = dirname(existing(path).target)
  try {
    accessSync(folder, constants.W_OK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      throw fileFault(Object.assign(error as Error, { path }))
  }
}

function existing(path: string): { target: string; mode: number } {
  try {
    const target = realpathSync(path)
    return { target, mode: statSync(target).mode & 0o777 }
  } catch {
    return { target: path, mode: 0o600 }
  }
}
