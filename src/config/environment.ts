const reference = /\$\{(?:file:([^}]+)|([A-Z_][A-Z0-9_]*)(?::-([^}]*))?)\}/g

/** Where values come from that do not stand in the file itself. */
export interface Sources {
  readonly env: Readonly<Record<string, string | undefined>>
  /** What a file of secrets holds, or what is wrong with it. */
  readonly secretFile: (path: string) => { readonly text: string } | { readonly fault: string }
  /** For a value that the environment lacks, where the text is only looked at. */
  readonly standIn?: string
}

/**
 * Replaces `${NAME}` and `${NAME:-default}` by values of the environment, and `${file:PATH}` by what a file holds; names
 * have capital letters only, so that templates such as `${account}` stay as they are. As in a shell, `:-` also stands in
 * for an empty value. `report` is told of what is missing, and of the text that asked for it.
 */
export function substitute(
  text: string,
  { env, secretFile, standIn }: Sources,
  report: (message: string, asked: string) => void,
): string {
  return text.replace(reference, (whole, path: string | undefined, name = '', fallback?: string) => {
    if (path !== undefined) {
      const read = secretFile(path)
      if ('text' in read) return read.text
      report(read.fault, whole)
      return whole
    }
    const value = env[name]
    if (fallback !== undefined) return value === undefined || value === '' ? fallback : value
    if (value !== undefined) return value
    if (standIn !== undefined) return standIn
    report(`the environment variable ${name} is not set`, whole)
    return whole
  })
}

/** For a document in which nothing is put in. */
export const noSources: Sources = { env: {}, secretFile: () => ({ fault: 'is not read here' }) }
