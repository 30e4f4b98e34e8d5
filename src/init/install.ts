import {
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Config, type ConfigError, loadConfig } from '../config.ts'
import { awsMetadata, selfSigned, serviceProviderMetadata } from '../saml/index.ts'
import type { Answers } from './answers.ts'
import { configurationText, places } from './configuration.ts'
import { scriptFor, stepsFor } from './steps.ts'

/** What was written. */
export interface Installation {
  /** Paths below the folder, in the order in which a person wants to see them. */
  readonly files: readonly string[]
  /** The identity provider's metadata is not there yet: where it is to be put. */
  readonly awaits: string | undefined
}

interface Surroundings {
  readonly folder: string
  /** The text of the identity provider's metadata, when it is a file. */
  readonly metadataText?: string | undefined
  /** Epoch milliseconds. */
  readonly now: number
  readonly random: (bytes: number) => Buffer
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const certificateDays = 1095

/**
 * Writes a first installation into a folder: everything or, where the answers make no sound configuration or a file is
 * there already, nothing. Throws an error whose message says what is wrong.
 */
export async function install(
  answers: Answers,
  { folder, metadataText, now, random }: Surroundings,
): Promise<Installation> {
  const isUrl = answers.metadata !== undefined && /^https?:/i.test(answers.metadata)
  const metadata = isUrl ? (answers.metadata as string) : places.metadata
  const awaits = isUrl || metadataText !== undefined ? undefined : places.metadata
  const files = new Map<string, string>([
    [places.configuration, configurationText(answers, metadata)],
    [places.secret, `${random(32).toString('base64')}\n`],
    ...(await pair(places.serviceProvider, now)),
    ...(answers.federation === 'reissue' ? await pair(places.aws, now) : []),
  ])
  if (!isUrl && metadataText !== undefined) files.set(places.metadata, metadataText)
  const made = mkdirSync(folder, { recursive: true })
  let draft: string | undefined
  try {
    draft = mkdtempSync(join(folder, '.rolebridge-init-'))
    writeAll(draft, files)
    const config = judge(draft, awaits, metadata, now)
    for (const [name, text] of later(answers, config, awaits)) files.set(name, text)
    writeAll(draft, files)
    const names = [places.configuration, places.steps, ...files.keys()].filter(
      (name, index, all) => all.indexOf(name) === index,
    )
    refuseToReplace(folder, names)
    moveAll(draft, folder, names)
    return { files: names, awaits }
  } finally {
    if (draft !== undefined) rmSync(draft, { recursive: true, force: true })
    if (made !== undefined) removeEmpty(resolve(folder), resolve(made))
  }
}

/** Takes folders away that were made for nothing, from the innermost to the first that was made. */
function removeEmpty(inner: string, first: string): void {
  try {
    for (let one = inner; one.length >= first.length; one = dirname(one)) rmdirSync(one)
  } catch {
    // It holds something: then it is wanted.
  }
}

async function pair(stem: string, now: number): Promise<readonly (readonly [string, string])[]> {
  const { key, cert } = await selfSigned({
    commonName: stem.replace(/^.*\//, ''),
    days: certificateDays,
    now,
  })
  return [
    [`${stem}.pem`, key],
    [`${stem}.crt`, cert],
  ]
}

/** The configuration as the server will read it. Metadata that is still to come is the one thing it may lack. */
function judge(draft: string, awaits: string | undefined, metadata: string, now: number): Config {
  const file = join(draft, places.configuration)
  const stand = join(draft, metadata)
  try {
    if (awaits !== undefined) writeFileSync(stand, '')
    // Without a time metadata is read and not judged.
    return loadConfig(file, {}, awaits === undefined ? { now } : {})
  } catch (error) {
    const { faults } = error as Partial<ConfigError>
    if (faults === undefined) throw error
    const said = faults.map(({ path, message }) => `${path}: ${message.replaceAll(`${draft}/`, '')}`)
    throw new Error(`These answers make no configuration that could be served:\n${said.join('\n')}`)
  } finally {
    if (awaits !== undefined) rmSync(stand, { force: true })
  }
}

/** What can be said only once the configuration is read. */
function later(
  answers: Answers,
  config: Config,
  awaits: string | undefined,
): readonly (readonly [string, string])[] {
  const { baseUrl, keys, aws, saml, providers } = config
  const signing = keys.saml
  const own = serviceProviderMetadata({
    baseUrl,
    saml,
    signing,
    moreSigningCerts: [],
    decryption: [],
    providers: providers.saml,
  })
  const read = (name: string) => readFileSync(join(root, name), 'utf8')
  const values = { answers, awaits, audience: aws.audience, recipient: aws.recipient }
  return [
    [places.ownMetadata, own],
    ...(keys.aws === undefined
      ? []
      : [
          [
            places.awsMetadata,
            awsMetadata({
              entityId: `${baseUrl}/aws/metadata.xml`,
              cert: keys.aws.cert,
              signOnUrl: `${baseUrl}/login`,
            }),
          ] as const,
        ]),
    [places.template, read('examples/iam-saml-provider.yaml')],
    ...(answers.kind === 'adfs'
      ? [[places.script, scriptFor(read('examples/adfs.ps1'), values)] as const]
      : []),
    [places.steps, stepsFor(read(`docs/guides/providers/${answers.kind}.md`), values)],
  ]
}

/** Keys and the secret are for their owner alone. */
function writeAll(folder: string, files: ReadonlyMap<string, string>): void {
  for (const [name, text] of files) {
    const file = join(folder, name)
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const isSecret = name.endsWith('.pem') || name === places.secret
    writeFileSync(file, text, { mode: isSecret ? 0o600 : 0o644 })
  }
}

/** What stands there counts without following it: a link that leads nowhere is somebody's too. */
const kindOf = (file: string) => lstatSync(file, { throwIfNoEntry: false })

function refuseToReplace(folder: string, names: readonly string[]): void {
  // Through a link the keys would lie where somebody else may read them.
  const keys = dirname(places.secret)
  const there = kindOf(join(folder, keys))
  if (there !== undefined && !there.isDirectory())
    throw new Error(`${keys} is there already in ${folder}, and is no folder of its own.`)
  const taken = names.filter((name) => kindOf(join(folder, name)) !== undefined)
  if (taken.length === 0) return
  const list = taken.join(', ')
  throw new Error(
    `${list} ${taken.length === 1 ? 'is' : 'are'} there already in ${folder}, and init replaces nothing.`,
  )
}

/** All of them or none; what appears there meanwhile stays as it is. */
function moveAll(draft: string, folder: string, names: readonly string[]): void {
  const undo: (() => void)[] = []
  try {
    for (const name of names) {
      const [file, parent] = [join(folder, name), dirname(join(folder, name))]
      const made = mkdirSync(parent, { recursive: true, mode: 0o700 })
      if (made !== undefined) undo.unshift(() => removeEmpty(parent, made))
      copyFileSync(join(draft, name), file, constants.COPYFILE_EXCL)
      undo.unshift(() => rmSync(file, { force: true }))
    }
  } catch (error) {
    for (const step of undo) step()
    throw error
  }
}
