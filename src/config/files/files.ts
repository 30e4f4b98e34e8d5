import { resolve } from 'node:path'
import type { UserKeys } from '../../core/index.ts'
import type { Options } from '../options.ts'
import type { Reading } from '../reading.ts'
import {
  type KeyPair,
  readDecryptionPairs,
  readPair,
  readSigningPair,
  type SigningPair,
} from './key-files.ts'
import type { NamedFile } from './named-file.ts'
import { type ClientProof, readProviderFiles } from './provider-files.ts'

/** Everything that the configuration names by file. */
export interface Keys {
  /** Signs AuthnRequests and logout messages. */
  readonly saml?: SigningPair
  /** Decrypt assertions; the first is the one that the metadata should offer first. */
  readonly decryption: readonly KeyPair[]
  /** Signs what AWS reads, in reissue mode. */
  readonly aws?: SigningPair
  readonly tls?: KeyPair
  /** What proves the bridge to each OpenID provider. */
  readonly openId: Readonly<Record<string, ClientProof>>
  /** Of IAM users who stand for people, by account. */
  readonly brokers: Readonly<Record<string, UserKeys>>
}

type Files = Pick<Options, 'saml' | 'aws' | 'tls' | 'identityProviders'>

/**
 * Reads the files that the valid parts name, relative to `baseDir`, and notes those that are not fit for use.
 * With `now` (epoch milliseconds) metadata is judged as the server does when it takes it into use; without, it need
 * only be there: a server with several identity providers starts without the one whose metadata is over.
 */
export function readFiles(
  { saml, aws, tls, identityProviders = {} }: Partial<Files>,
  baseDir: string,
  reading: Reading,
  now?: number,
): Omit<Keys, 'brokers'> {
  const named = (path: NamedFile['path'], file: string): NamedFile => ({ path, file: resolve(baseDir, file) })
  const signing = (section: 'saml' | 'aws', { signingKey, signingCert }: Partial<Signing> = {}) => {
    if (signingKey === undefined || signingCert === undefined) return undefined
    const [key, cert] = [
      named([section, 'signingKey'], signingKey),
      named([section, 'signingCert'], signingCert),
    ]
    return readSigningPair(key, cert, reading)
  }
  const [own, forAws] = [signing('saml', saml), signing('aws', aws)]
  const served = tls && readPair(named(['tls', 'key'], tls.key), named(['tls', 'cert'], tls.cert), reading)
  const decryption = (saml?.decryptionKeys ?? []).flatMap((key, index) =>
    readDecryptionPairs(named(['saml', 'decryptionKeys', index], key), reading),
  )
  return {
    decryption,
    openId: readProviderFiles(identityProviders, baseDir, reading, now),
    ...(own && { saml: own }),
    ...(forAws && { aws: forAws }),
    ...(served && { tls: served }),
  }
}

interface Signing {
  readonly signingKey: string | undefined
  readonly signingCert: string | undefined
}
