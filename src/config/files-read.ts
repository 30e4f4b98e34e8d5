/** What a read gave, or the code and the words that it failed with. */
type Outcome = { readonly value: unknown } | { readonly code: string; readonly message: string }

/** Files and folders as they were read once, by absolute name: plain data, which another process can read from. */
export type FilesRead = ReadonlyMap<string, Outcome>

// Reading a configuration waits for nothing, so whoever stands here is the only one who reads.
let keeping: Map<string, Outcome> | undefined
let given: FilesRead | undefined

/** Does what reads files, and keeps what each of them held. */
export function keepingFiles<T>(read: () => T): { readonly result: T; readonly files: FilesRead } {
  const files = new Map<string, Outcome>()
  keeping = files
  try {
    return { result: read(), files }
  } finally {
    keeping = undefined
  }
}

/** Does what reads files, from what was kept: whatever lies on the disk by now. */
export function fromFiles<T>(files: FilesRead, read: () => T): T {
  given = files
  try {
    return read()
  } finally {
    given = undefined
  }
}

/** One read of a file or a folder. Throws as it does, or did. */
export function once<T>(name: string, read: () => T): T {
  if (given !== undefined) return told(given.get(name) ?? { code: 'ENOENT', message: 'was not read before' })
  try {
    const value = read()
    keeping?.set(name, { value })
    return value
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    keeping?.set(name, { code, message })
    throw error
  }
}

function told<T>(outcome: Outcome): T {
  if ('value' in outcome) return outcome.value as T
  throw Object.assign(new Error(outcome.message), { code: outcome.code })
}
