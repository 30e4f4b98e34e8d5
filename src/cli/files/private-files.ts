import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'

import { cliError, exit } from '../command.ts'

/**
 * Reads a file that only its owner may read. Undefined when it is not there. Throws a sentence when it is a link
 * or when others may read it: then somebody else may have written or seen it.
 */
export function readPrivate(path: string): string | undefined {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    const { mode, uid } = fstatSync(file)
    if (process.platform !== 'win32' && ((mode & 0o077) !== 0 || uid !== process.geteuid?.()))
      throw cliError(
        exit.badUsage,
        `${path} is open to others. If you trust what it holds: chmod 600 ${path}`,
      )
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}
