/**
 * The configuration. Owns: composing the options of every room, YAML and environment, faults with line and
 * column, the files that a configuration names. Does not own: what an option means.
 */
import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { exposureBy } from './config/exposure.ts'
import { type ConfigFault, configError } from './config/fault.ts'
import { once } from './config/files-read.ts'
import type { Options } from './config/options.ts'
import { type Config, type ReadConfig, readConfig, readWritten, type Surroundings } from './config/read.ts'
import { type Owned, readWhole, whyUnreadable } from './config/whole-file.ts'

export { describeConfig } from './config/describe.ts'
export { type Expiring, expiryWarnings, ownCertificates } from './config/expiry.ts'
export { type ConfigError, type ConfigFault, formatFault } from './config/fault.ts'
export { type FilesRead, fromFiles, keepingFiles } from './config/files-read.ts'
export { accountsIn, editAccounts } from './config/gather/edit-accounts.ts'
export { configJsonSchema, type Options } from './config/options.ts'
export { type Config, readConfig, readWritten, type Surroundings, shortName } from './config/read.ts'

/** Reads a configuration from text. Throws an error with all `faults` when it cannot be served. */
export function parseConfig(text: string, surroundings: Surroundings): Config {
  const { config, faults, files } = readConfig(text, surroundings)
  if (config) return config
  throw configError(surroundings.file ?? 'configuration', faults, files)
}

/** Reads a configuration file and says what is wrong with it, and where anything in it stands. Never throws. */
export function readConfigFile(
  path: string,
  env: Surroundings['env'],
  more: Pick<Surroundings, 'now' | 'running'> = {},
): ReadConfig {
  const found = read(path, more.running !== undefined)
  if ('message' in found) return { faults: [found], files: [resolve(path)], locate: () => found }
  const { text, stat } = found
  const exposure = stat && exposureBy(stat)
  return readConfig(text, { env, baseDir: dirname(resolve(path)), file: path, exposure, ...more })
}

/**
 * Reads a configuration file; relative paths in it start from its folder. With `now` metadata files are judged as
 * well, with `running` whether it can replace that without a restart. Throws like `parseConfig`.
 */
export function loadConfig(
  path: string,
  env: Surroundings['env'],
  more: Pick<Surroundings, 'now' | 'running'> = {},
): Config {
  const { config, faults, files } = readConfigFile(path, env, more)
  if (config) return config
  throw configError(path, faults, files)
}

/**
 * What a configuration file says, without the keys, secrets and metadata that it names; for comparing, not for serving.
 * Throws like `parseConfig`.
 */
export function loadWritten(path: string, env: Surroundings['env']): Options {
  const found = read(path)
  if ('message' in found) throw configError(path, [found], [resolve(path)])
  const { options, faults } = readWritten(found.text, { env, baseDir: dirname(resolve(path)), file: path })
  if (options) return options
  throw configError(path, faults, [resolve(path)])
}

/** The text of a file, or why there is none. */
function read(
  path: string,
  isServing = false,
): { readonly text: string; readonly stat?: Owned } | ConfigFault {
  try {
    // Whoever starts a process may hand it a pipe and waits for it; one that serves waits for nobody.
    if (isServing) return readWhole(path)
    return once(resolve(path), () =>
      statSync(path).isFile() ? readWhole(path) : { text: readFileSync(path, 'utf8') },
    )
  } catch (error) {
    return { line: 1, column: 1, path: '', message: whyUnreadable(error) }
  }
}
