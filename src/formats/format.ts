import type { Credentials } from '../core/index.ts'

/** One way to write credentials down. */
export interface Format {
  /** Its key in the registry, and the value of `--format`. */
  readonly name: string
  /** What people call it: the title of a tab. */
  readonly label: string
  /** For highlighting. */
  readonly language: string
  /** Shells that run it, values of `env --shell`; absent when it sets no environment. */
  readonly shells?: readonly string[]
  /** Where it belongs when it is saved. */
  readonly fileName?: string
  /** Ends with a line break. Throws `TypeError` for a value that the format cannot hold unchanged. */
  render(credentials: Credentials, options?: FormatOptions): string
}

export interface FormatOptions {
  /** Name of the section in a credentials file; default `default`. */
  readonly profile?: string
  /** To be pasted at a prompt: keeps lines out of the shell's history where a leading space does so. */
  readonly paste?: boolean
}

/** RFC 3339 in whole seconds, never later than the moment itself. */
export function expiration(credentials: Credentials): string {
  return new Date(credentials.expiresAt).toISOString().replace(/\.\d+Z$/, 'Z')
}
