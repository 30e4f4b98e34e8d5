import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Config, ConfigFault, Options } from '../../config.ts'
import { cliError, exit } from '../command.ts'
import { writtenIn } from '../simulate/files.ts'
import { plain } from '../terminal/plain-text.ts'
import { say } from '../terminal/terminal.ts'
import { readTexts } from './files.ts'

/** A configuration as far as it can be read here. */
export interface Readable {
  readonly options: Options
  readonly file: string
  /** Undefined when keys or secrets are elsewhere. */
  readonly fingerprint: string | undefined
  /** Of whoever signs what AWS reads; undefined when it is not here. */
  readonly metadata: string | undefined
}

/** What rules say needs neither keys nor secrets; whose signature IAM trusts needs a certificate. */
export async function readable(file: string, metadataFile: string | undefined): Promise<Readable> {
  const options = await writtenIn(file)
  const { readConfigFile, shortName } = await import('../../config.ts')
  const { config, faults } = readConfigFile(file, process.env)
  const metadata = metadataFile === undefined ? await ownMetadata(config) : await given(metadataFile)
  if (config === undefined) say(plain(sayMissing(file, faults, metadata !== undefined)))
  return { options, file: basename(file), fingerprint: config && shortName(config), metadata }
}

/** Rules are readable without the rest; whoever set up a bridge an hour ago wants to know what the rest is. */
function sayMissing(file: string, [fault]: readonly ConfigFault[], hasMetadata: boolean): string {
  const why = fault === undefined ? '' : ` (${fault.path}: ${fault.message})`
  const what = hasMetadata ? '' : ', nor the metadata of the SAML provider: name that by --metadata'
  return `${file} cannot be served here yet${why}. Its rules are read; its fingerprint is not known${what}.`
}

async function ownMetadata(config: Config | undefined): Promise<string | undefined> {
  if (config === undefined) return undefined
  const { aws, baseUrl, keys, providers } = config
  if (aws.federation === 'reissue') {
    if (keys.aws === undefined) return undefined
    const { awsMetadata } = await import('../../saml/index.ts')
    const { cert, more } = keys.aws
    const entityId = `${baseUrl}/aws/metadata.xml`
    return awsMetadata({ entityId, cert, moreCerts: more, signOnUrl: `${baseUrl}/login` })
  }
  const [only, ...others] = Object.values(providers.saml)
  if (only === undefined || others.length > 0 || /^https?:/i.test(only.metadata)) return undefined
  return readFileSync(only.metadata, 'utf8')
}

async function given(file: string): Promise<string> {
  const [read] = readTexts([file])
  const { metadataFault } = await import('../../saml/index.ts')
  const text = read?.text ?? ''
  const fault = metadataFault(text, { now: Date.now() })
  if (fault !== undefined) throw cliError(exit.badUsage, `${file}: ${fault}`)
  return text
}
