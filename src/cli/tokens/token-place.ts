import { cliError, exit } from '../command.ts'

/** The error for a text that is kept and cannot be had: the person is signed in, and another sign-in is no cure. */
export function locked(label: string): Error & { readonly code: string } {
  const cure =
    'Unlock it and try again; or keep tokens in a file: ROLEBRIDGE_TOKENS=file rolebridge login --force'
  return Object.assign(cliError(exit.badUsage, `Your sign-in is in ${label}, which is locked. ${cure}`), {
    code: 'tokens_locked',
  })
}

/** One way to keep a secret text for a bridge between two runs. */
export interface TokenPlace {
  readonly name: string
  /** For people. */
  readonly label: string
  /** Whether this machine has it; asked without a prompt. */
  usable(env: NodeJS.ProcessEnv): boolean
  /** The text kept for a bridge; undefined when there is none. Throws `locked` when there is one behind a lock. */
  get(url: string, folder: string): string | undefined
  /** Throws when it cannot be kept here. */
  put(url: string, folder: string, secret: string): void
  /** No fault when there is none. */
  remove(url: string, folder: string): void
}
