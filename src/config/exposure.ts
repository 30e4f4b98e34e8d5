import type { Owned } from './whole-file.ts'

/**
 * Who else can read a file that holds a secret. The group may when the file belongs to somebody else: that is how secrets
 * are mounted for a process that does not own them. Judged as the file is open, so that nobody exchanges it in between.
 */
export function exposureBy({ mode, uid }: Owned): string | undefined {
  if (process.platform === 'win32') return undefined
  if (mode & 0o007) return 'everybody may read or change it; chmod 600 it'
  if (mode & 0o020) return 'its group may change it; chmod 600 it'
  if (mode & 0o040 && uid === process.getuid?.()) return 'its group may read it; chmod 600 it'
  return undefined
}
