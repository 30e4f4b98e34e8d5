/** A step on the way to a place in the configuration. */
export type PathStep = string | number
export type Path = readonly PathStep[]

/** Something wrong in the configuration; line and column count from 1. */
export interface ConfigFault {
  readonly line: number
  readonly column: number
  /** `identityProviders.okta.metadata`, `rules[0].grant.role`; empty for the file as a whole. */
  readonly path: string
  readonly message: string
}

/** A fault before its place is known. `aboutKey`: the name is wrong, not what stands behind it. */
export interface Finding {
  readonly path: Path
  readonly message: string
  readonly aboutKey?: boolean
}

/** `rolebridge.yaml:12:5 identityProviders.okta.metdata: unknown key; did you mean "metadata"?` */
export function formatFault(file: string, { line, column, path, message }: ConfigFault): string {
  return `${file}:${line}:${column} ${path === '' ? '' : `${path}: `}${message}`
}

export function formatPath(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`
      const name = /^[\w:-]+$/.test(step) ? step : JSON.stringify(step)
      return index === 0 ? name : `.${name}`
    })
    .join('')
}

/** All faults, the message lists them one a line; and every file whose change may mend them. */
export interface ConfigError extends Error {
  readonly faults: readonly ConfigFault[]
  readonly files: readonly string[]
}

/** Makes the error of a configuration that cannot be served. */
export function configError(
  file: string,
  faults: readonly ConfigFault[],
  files: readonly string[],
): ConfigError {
  const message = faults.map((fault) => formatFault(file, fault)).join('\n')
  return Object.assign(new Error(message), { name: 'ConfigError', faults, files })
}
