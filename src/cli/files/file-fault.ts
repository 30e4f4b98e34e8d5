import { cliError, exit } from '../command.ts'

const why: Readonly<Record<string, string>> = {
  EACCES: 'you may not',
  EPERM: 'you may not',
  EROFS: 'its disk is read-only',
  ENOSPC: 'its disk is full',
  EDQUOT: 'your share of the disk is used up',
  ENOENT: 'it, or its folder, is not there',
  ENOTDIR: 'a part of its path is no folder',
  EEXIST: 'something else stands in its place',
  EISDIR: 'it is a folder',
  ELOOP: 'it is a link',
}

const calls =
  /^(access|chmod|copyfile|fsync|lstat|mkdir|mkdtemp|open|read|rename|rm|scandir|stat|unlink|utime|write)$/

/** A fault of the file system as a sentence for the person, who alone can mend it; any other error as it is. */
export function fileFault(error: unknown): unknown {
  const { code = '', syscall = '', path = 'A file' } = (error ?? {}) as NodeJS.ErrnoException
  if (!calls.test(syscall) || why[code] === undefined) return error
  const done = /^(scandir|read|stat|lstat)$/.test(syscall) ? 'read' : 'read or written'
  return cliError(exit.badUsage, `${path} cannot be ${done}: ${why[code]} (${code}).`)
}
