/** A step on the way to a place in the configuration. */
export type PathStep = string | number
export type Path = readonly PathStep[]

/** Something wrong in the configuration; line and column count from 1. */
export interface ConfigFault {
  /** Where it is in another file than the configuration's own. */
  readonly file?: string
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
  /** What stands in its way, elsewhere in the configuration. */
  readonly earlier?: Path
}

/** `rolebridge.yaml:12:5 identityProviders.okta.metdata: unknown key; did you mean "metadata"?` */
export function formatFault(file: string, fault: ConfigFault): string {
  const { path, message } = fault
  return `${fault.file ?? file}:${fault.line}:${fault.column} ${path === '' ? '' : `${path}: `}${message}`
}

/** `rules/a.yaml:12:5`, or the line alone in the configuration's own file. */
export function formatPlace({ file, line, column }: ConfigFault): string {
  return file === undefined ? `line ${line}` : `${file}:${line}:${column}`
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
