import type { KeyObject } from 'node:crypto'
import { resolve } from 'node:path'
import type { OpenIdProviderOptions } from '../../oidc/index.ts'
import { metadataFault } from '../../saml/index.ts'
import { exposureBy } from '../exposure.ts'
import type { Path } from '../fault.ts'
import { type ProviderOptions, type Providers, providersByKind } from '../providers.ts'
import type { Reading } from '../reading.ts'
import { readCertificate, readKey, requireRsa } from './key-files.ts'
import { readNamed } from './named-file.ts'

/** A secret that an OpenID provider shares with the bridge, or the key that stands for one. */
export interface ClientProof {
  readonly secret?: string
  readonly key?: KeyObject
}

/** Whether something is to be fetched, rather than read from a file. */
export function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text)
}

/** Reads what each identity provider names, and hands back what proves the bridge to those of OpenID. */
export function readProviderFiles(
  all: Readonly<Record<string, ProviderOptions>>,
  baseDir: string,
  reading: Reading,
  now: number | undefined,
): Readonly<Record<string, ClientProof>> {
  const { saml, openId, workload } = providersByKind(all)
  for (const [name, provider] of Object.entries(saml))
    readMetadata(['identityProviders', name], provider, baseDir, now, reading)
  for (const [name, { jwks }] of Object.entries(workload)) {
    if (jwks === undefined || isUrl(jwks)) continue
    readNamed({ path: ['identityProviders', name, 'jwks'], file: resolve(baseDir, jwks) }, reading)
  }
  return Object.fromEntries(
    Object.entries(openId).map(([name, provider]) => [
      name,
      readProof(['identityProviders', name], provider, baseDir, reading),
    ]),
  )
}

function readMetadata(
  path: Path,
  { metadata, metadataCert, entityId }: Providers['saml'][string],
  baseDir: string,
  now: number | undefined,
  reading: Reading,
): void {
  const signer =
    metadataCert === undefined
      ? undefined
      : readCertificate({ path: [...path, 'metadataCert'], file: resolve(baseDir, metadataCert) }, reading)
  if (isUrl(metadata)) return
  const file = resolve(baseDir, metadata)
  const read = readNamed({ path: [...path, 'metadata'], file }, reading)
  if (read === undefined || now === undefined || (metadataCert !== undefined && !signer)) return
  const fault = metadataFault(read.text, { wanted: entityId, signer: signer?.toString(), now })
  if (fault !== undefined)
    reading.findings.push({ path: [...path, 'metadata'], message: `${file}: ${fault}` })
}

/** A secret from the configuration or from its file, or a key; that it is one of them is another check's. */
function readProof(
  path: Path,
  { clientSecret, clientSecretFile, clientKey }: OpenIdProviderOptions,
  baseDir: string,
  reading: Reading,
): ClientProof {
  if (clientKey !== undefined)
    return readClientKey([...path, 'clientKey'], resolve(baseDir, clientKey), reading)
  if (clientSecretFile === undefined) return clientSecret === undefined ? {} : { secret: clientSecret }
  const named = { path: [...path, 'clientSecretFile'], file: resolve(baseDir, clientSecretFile) }
  const read = readNamed(named, reading)
  if (read === undefined) return {}
  const secret = read.text.trim()
  const exposure = exposureBy(read.stat)
  if (exposure)
    reading.findings.push({ path: named.path, message: `${named.file} holds a secret, but ${exposure}` })
  if (secret.length < 8)
    reading.findings.push({
      path: named.path,
      message: `${named.file} holds no secret of at least 8 characters`,
    })
  return { secret }
}

/** Requests are signed by RS256 or ES256 (private_key_jwt). */
function readClientKey(path: Path, file: string, reading: Reading): ClientProof {
  const key = readKey({ path, file }, reading)
  if (key === undefined) return {}
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key.object
  if (type === 'ec' && details?.namedCurve === 'prime256v1') return { key: key.object }
  return requireRsa(key, { path, file }, reading) ? { key: key.object } : {}
}
