import type { Look } from '../../app.ts'
import type { Config, ConfigFault } from '../../config.ts'
import type { Warning, WarningCode } from '../../core/index.ts'

/** A warning and where it stands, as `--json` prints it. */
export interface Located extends ConfigFault {
  readonly code: WarningCode
}

/** What `check` has to say of a file. */
export type Findings =
  | { readonly faults: readonly ConfigFault[] }
  | {
      readonly config: Config
      readonly fingerprint: string
      readonly sentences: Readonly<Record<'server' | 'people' | 'rules', readonly string[]>>
      readonly warnings: readonly Located[]
      readonly live?: readonly Look[]
    }

export interface Question {
  readonly file: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: () => number
  /** Ask the places that it names as well. */
  readonly live?: (config: Config) => Promise<readonly Look[]>
}

/** Reads a configuration and everything it names, and looks at it twice. */
export async function findingsOf({ file, env, clock, live }: Question): Promise<Findings> {
  const { describeConfig, readConfigFile, shortName } = await import('../../config.ts')
  const now = clock()
  const { config, faults, locate } = readConfigFile(file, env, { now })
  if (config === undefined) return { faults }
  const looks = await live?.(config)
  const { sentences, warnings } = describeConfig(config, now)
  const found = [...warnings, ...(await lookAtMetadata(config, now, live !== undefined))]
  const located = found.map(({ code, path, message }) => ({ ...locate({ path, message }), code }))
  return {
    ...{ config, fingerprint: shortName(config), sentences, warnings: inOrder(located) },
    ...(looks && { live: looks }),
  }
}

/** Metadata that lies here is judged at each look; what stands elsewhere when it is asked for. */
async function lookAtMetadata(
  { providers, keys }: Config,
  now: number,
  live: boolean,
): Promise<readonly Warning[]> {
  const { lookAtProvider } = await import('../../saml/index.ts')
  const { expiryWarnings } = await import('../../config.ts')
  const around = { fetch: globalThis.fetch, now, haveKey: keys.saml !== undefined }
  const files = Object.entries(providers.saml).filter(([, { metadata }]) => !/^https?:\/\//i.test(metadata))
  const found = files.map(async ([name, configured]): Promise<readonly Warning[]> => {
    const { certificates = [], problem } = await lookAtProvider(name, configured, around)
    const path = ['identityProviders', name, 'metadata']
    const ending = certificates.map(({ subject, notAfter }) => ({
      name: `its signing certificate (${subject})`,
      notAfter,
    }))
    return [
      ...(problem === undefined || live
        ? []
        : [{ code: 'provider-unusable' as const, path, message: problem }]),
      ...expiryWarnings(ending, now).map((message) => ({
        ...{ code: 'certificate-ends' as const, path },
        message: `${message}; load newer metadata before the provider signs by another key`,
      })),
    ]
  })
  return (await Promise.all(found)).flat()
}

/** By file, line and column, as people read. */
function inOrder(warnings: readonly Located[]): readonly Located[] {
  const file = ({ file = '' }: Located) => file
  return warnings.toSorted(
    (a, b) => (file(a) < file(b) ? -1 : file(a) > file(b) ? 1 : 0) || a.line - b.line || a.column - b.column,
  )
}
