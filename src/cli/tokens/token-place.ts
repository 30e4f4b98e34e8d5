/** One way to keep a secret text for a bridge between two runs. */
export interface TokenPlace {
  readonly name: string
  /** For people. */
  readonly label: string
  /** Whether this machine has it; asked without a prompt. */
  usable(env: NodeJS.ProcessEnv): boolean
  /** The text kept for a bridge; undefined when there is none. */
  get(url: string, folder: string): string | undefined
  /** Throws when it cannot be kept here. */
  put(url: string, folder: string, secret: string): void
  /** No fault when there is none. */
  remove(url: string, folder: string): void
}
