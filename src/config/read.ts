import { createHmac, hkdfSync } from 'node:crypto'
import { join, resolve } from 'node:path'
import { suggestion } from '../core/index.ts'
import { type OutgoingProxy, readProxyOptions } from '../outgoing/index.ts'
import { crossChecks, type Parts } from './cross-checks.ts'
import { readDocument } from './document.ts'
import type { ConfigFault, Finding } from './fault.ts'
import { type Keys, readFiles } from './files/files.ts'
import { isUrl } from './files/provider-files.ts'
import { gather, isBlock } from './gather/gather.ts'
import { findingsOf } from './issues.ts'
import { type Options, sections } from './options.ts'
import { type ProviderOptions, type Providers, providersByKind } from './providers.ts'
import type { Reading } from './reading.ts'
import { needsRestart } from './restart-only.ts'
import { readBrokerKeys } from './secrets/broker-keys.ts'
import { openSecrets } from './secrets/open-secrets.ts'
import { secretFiles } from './secrets/secret-file.ts'
import { withAbsoluteFolder } from './store-place.ts'

/** The whole configuration: valid, complete, frozen. */
export type Config = Readonly<Options> & {
  /** The identity providers, apart by what they speak. */
  readonly providers: Providers
  /** Keys and certificates, read. */
  readonly keys: Keys
  /** The proxy in force, of the file or of the environment. */
  readonly proxy: OutgoingProxy | undefined
  /** Where it was read from. */
  readonly file: string
  /** Every file that was read or looked for, absolute, the first of them `file`. */
  readonly files: readonly string[]
  /** Tells configurations apart: what is written, what the environment gave, what the files hold. */
  readonly fingerprint: string
}

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Folder that relative paths in the file start from. */
  readonly baseDir: string
  readonly file?: string
  /** Who else may read the file, in words; undefined when nobody. */
  readonly exposure?: string | undefined
  /** Epoch milliseconds: judge metadata files too, as of then. */
  readonly now?: number
  /** What is served and is to be replaced: what only a restart changes is a fault then. */
  readonly running?: Config
}

/** What became of a file: a config and no faults, or faults and none. */
export interface ReadConfig {
  readonly config?: Config
  readonly faults: readonly ConfigFault[]
  readonly files: readonly string[]
  /** Finds where something stands, in whichever of the files. */
  readonly locate: (finding: Finding) => ConfigFault
}

/** Reads a configuration and everything it names. */
export function readConfig(
  text: string,
  { env, baseDir, file = 'configuration', exposure, now, running }: Surroundings,
): ReadConfig {
  const files: Reading['files'] = new Map()
  const document = readDocument(text, { env, secretFile: secretFiles(baseDir, files) })
  const named = () => [resolve(file), ...files.keys()]
  const { locate } = document
  if (document.faults.length > 0) return { faults: document.faults, files: named(), locate }
  if (!isBlock(document.value))
    return { faults: [locate({ path: [], message: 'must be a block of keys' })], files: named(), locate }
  const reading = { findings: [] as Finding[], files }
  const { findings } = reading
  const whole = gather({ ...document, value: document.value }, { file, baseDir }, reading)
  const { parts } = readParts(whole.value, findings)
  findings.push(...crossChecks.flatMap((check) => check(parts)))
  const keys = {
    ...readFiles(parts, baseDir, reading, now),
    brokers: readBrokerKeys(parts.aws?.broker ?? {}, env, baseDir, reading),
  }
  const { proxy, fault } = readProxyOptions(parts.outgoing ?? {}, env)
  if (fault !== undefined) findings.push({ path: [], message: fault })
  findings.push(...openSecrets(document, exposure))
  if (running) findings.push(...needsRestart(withStores(parts, baseDir), running))
  if (findings.length + whole.faults.length > 0)
    return {
      faults: inOrder([...whole.faults, ...findings.map(whole.locate)]),
      ...{ files: named(), locate: whole.locate },
    }
  const options = resolvePaths(parts as unknown as Options, baseDir)
  const config: Config = deepFreeze({
    ...options,
    providers: providersByKind(options.identityProviders),
    keys,
    proxy,
    file,
    files: named(),
    fingerprint: fingerprintOf(options.secret, [whole.value, [...files.values()], keys.brokers, proxy]),
  })
  return { faults: [], config, files: config.files, locate: whole.locate }
}

/** For a secret that is not here: long enough for any check, and used for nothing. */
const standIn = 'Zk3vQ8r-stands-in-for-a-secret-that-is-elsewhere-7Tn1'

/**
 * Reads what a configuration says, without the keys, secrets and metadata that it names: of a colleague's, or of last week's.
 * It cannot be served.
 */
export function readWritten(
  text: string,
  { env, baseDir, file = 'configuration' }: Pick<Surroundings, 'env' | 'baseDir' | 'file'>,
): { readonly options?: Options; readonly faults: readonly ConfigFault[] } {
  const document = readDocument(text, { env, standIn, secretFile: () => ({ text: standIn }) })
  if (document.faults.length > 0) return { faults: document.faults }
  if (!isBlock(document.value))
    return { faults: [document.locate({ path: [], message: 'must be a block of keys' })] }
  const findings: Finding[] = []
  const whole = gather(
    { ...document, value: document.value },
    { file, baseDir },
    { findings, files: new Map() },
  )
  const { parts } = readParts(whole.value, findings)
  if (findings.length + whole.faults.length > 0)
    return { faults: inOrder([...whole.faults, ...findings.map(whole.locate)]) }
  return { options: parts as unknown as Options, faults: [] }
}

/**
 * Keyed by the first secret, because it is shown to everybody: from a plain hash one could guess what is short in
 * here, a password of a store or of a proxy. Nodes that serve the same have the same one, wherever their files lie;
 * comments do not count.
 */
function fingerprintOf([secret = '']: readonly string[], whole: unknown): string {
  const key = hkdfSync('sha256', secret, '', 'rolebridge configuration fingerprint', 32)
  return createHmac('sha256', Buffer.from(key)).update(JSON.stringify(whole)).digest('hex')
}

/** The start of the fingerprint: tells configurations apart in records, on pages and on a screen. */
export const shortName = ({ fingerprint }: Pick<Config, 'fingerprint'>): string => fingerprint.slice(0, 12)

/** Each part is judged by itself, so that a fault in one hides none in another. */
function readParts(written: Readonly<Record<string, unknown>>, findings: Finding[]): { parts: Parts } {
  findings.push(...unknownParts(written))
  const parts: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries(sections)) {
    const result = schema.safeParse(written[name])
    if (result.success) parts[name] = result.data
    else findings.push(...findingsOf(result.error.issues, [name], written[name]))
  }
  return { parts: { ...parts, written } as Parts }
}

function unknownParts(written: Readonly<Record<string, unknown>>): Finding[] {
  const known = Object.keys(sections)
  return Object.keys(written)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const meant = suggestion(name, known)
      const hint = meant ? `did you mean "${meant}"?` : `known here: ${known.join(', ')}`
      return { path: [name], message: `unknown key; ${hint}`, aboutKey: true }
    })
}

/** Paths become absolute, and names that were left open get their value. */
function resolvePaths(options: Options & { written?: unknown }, baseDir: string): Options {
  const { written: _, ...own } = options
  const identityProviders = Object.fromEntries(
    Object.entries(own.identityProviders).map(([name, idp]) => [name, withPaths(idp, baseDir)]),
  )
  const entityId = own.saml.entityId ?? `${own.baseUrl}/saml/metadata`
  return { ...withStores(own, baseDir), identityProviders, saml: { ...own.saml, entityId } }
}

/** Where things are kept, by absolute paths. */
function withStores<T extends Partial<Options>>(options: T, baseDir: string): T {
  const store = options.store === undefined ? undefined : withAbsoluteFolder(options.store, baseDir)
  const file = options.audit?.file && resolve(baseDir, options.audit.file)
  const audit = options.audit && { ...options.audit, ...(file !== undefined && { file }) }
  const history = options.history && {
    ...options.history,
    database: placeOfHistory(options.history, baseDir, file),
  }
  return {
    ...options,
    ...(store !== undefined && { store }),
    ...(audit && { audit }),
    ...(history && { history }),
    ...(options.delivery && {
      delivery: { ...options.delivery, folder: placeOfQueues(options.delivery.folder, store, baseDir) },
    }),
  }
}

/** Beside the audit file, where there is one and nothing else is said. */
function placeOfHistory({ database }: Options['history'], baseDir: string, file: string | undefined): string {
  if (database === undefined)
    return file === undefined ? 'off' : `sqlite:${file.replace(/\.jsonl?$/, '')}.history.db`
  return database.replace(/^sqlite:(.+)$/, (_all, path: string) => `sqlite:${resolve(baseDir, path)}`)
}

/** Beside what the embedded store keeps, unless the configuration names another; a store elsewhere has no place for it. */
function placeOfQueues(folder: string | undefined, store: string | undefined, baseDir: string) {
  if (folder !== undefined) return resolve(baseDir, folder)
  const [, beside] = /^embedded:(.+)$/.exec(store ?? '') ?? []
  return beside === undefined ? undefined : join(beside, 'delivery')
}

function withPaths(idp: ProviderOptions, baseDir: string): ProviderOptions {
  if (idp.kind === 'oidc') return idp
  if (idp.kind === 'oidc-workload')
    return idp.jwks === undefined || isUrl(idp.jwks) ? idp : { ...idp, jwks: resolve(baseDir, idp.jwks) }
  return {
    ...idp,
    metadata: isUrl(idp.metadata) ? idp.metadata : resolve(baseDir, idp.metadata),
    ...(idp.metadataCert !== undefined && { metadataCert: resolve(baseDir, idp.metadataCert) }),
  }
}

/** The configuration's own faults first, then those of the files it names. */
function inOrder(faults: readonly ConfigFault[]): readonly ConfigFault[] {
  const file = (fault: ConfigFault) => fault.file ?? ''
  return faults.toSorted(
    (a, b) =>
      (file(a) === file(b) ? 0 : file(a) < file(b) ? -1 : 1) || a.line - b.line || a.column - b.column,
  )
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const inner of Object.values(value)) deepFreeze(inner)
  return Object.freeze(value)
}
