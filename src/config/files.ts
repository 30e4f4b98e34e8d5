import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { UserKeys } from '../core/index.ts'
import type { OpenIdProviderOptions } from '../oidc/index.ts'
import { metadataFault } from '../saml/index.ts'
import { exposureOf } from './exposure.ts'
import type { Path } from './fault.ts'
import type { Options } from './options.ts'
import { type Providers, providersByKind } from './providers.ts'
import { noteFile, type Reading } from './reading.ts'
import { readWhole, whyUnreadable } from './whole-file.ts'

/** A private key with the certificate that belongs to it, both PEM text. */
export interface KeyPair {
  readonly key: string
  readonly cert: string
}

/** A key that others trust, and certificates to publish beside its own before and after a rollover. */
export interface SigningPair extends KeyPair {
  readonly more: readonly string[]
}

/** A secret that an OpenID provider shares with the bridge, or the key that stands for one. */
interface ClientProof {
  readonly secret?: string
  readonly key?: KeyObject
}

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
type SamlProvider = Providers['saml'][string]

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
  const pair = (section: string, keyName: string, certName: string, key?: string, cert?: string) => {
    if (key === undefined || cert === undefined) return undefined
    const keyFile = { path: [section, keyName], file: resolve(baseDir, key) }
    const certFile = { path: [section, certName], file: resolve(baseDir, cert) }
    return readPair(keyFile, certFile, reading, section === 'tls' ? undefined : requireRsa)
  }
  const own = pair('saml', 'signingKey', 'signingCert', saml?.signingKey, saml?.signingCert)
  const forAws = pair('aws', 'signingKey', 'signingCert', aws?.signingKey, aws?.signingCert)
  const served = pair('tls', 'key', 'cert', tls?.key, tls?.cert)
  const decryption = (saml?.decryptionKeys ?? []).flatMap((key, index) => {
    const path = ['saml', 'decryptionKeys', index]
    const file = resolve(baseDir, key)
    const found = [file, ...companions(file, reading.files)].map((one) =>
      readDecryption({ path, file: one }, reading),
    )
    return found.filter((pair) => pair !== undefined)
  })
  for (const [name, provider] of Object.entries(providersByKind(identityProviders).saml))
    readMetadata(['identityProviders', name], provider, baseDir, now, reading)
  const openId = Object.fromEntries(
    Object.entries(providersByKind(identityProviders).openId).map(([name, provider]) => [
      name,
      readProof(['identityProviders', name], provider, baseDir, reading),
    ]),
  )
  for (const [name, { jwks }] of Object.entries(providersByKind(identityProviders).workload)) {
    if (jwks === undefined || isUrl(jwks)) continue
    readText({ path: ['identityProviders', name, 'jwks'], file: resolve(baseDir, jwks) }, reading)
  }
  return {
    decryption,
    openId,
    ...(own && { saml: withCompanions(own, resolve(baseDir, saml?.signingCert ?? ''), reading) }),
    ...(forAws && { aws: withCompanions(forAws, resolve(baseDir, aws?.signingCert ?? ''), reading) }),
    ...(served && { tls: served }),
  }
}

/** During a rollover the next and the previous key lie beside the one in use: `NAME.next.crt`, `NAME.previous.crt`. */
function companions(file: string, files: Reading['files']): string[] {
  return ['next', 'previous']
    .map((stage) => file.replace(/(\.[^./\\]*)$/, `.${stage}$1`))
    .filter((one) => {
      const isThere = existsSync(one)
      if (!isThere) noteFile(files, one, undefined)
      return isThere
    })
}

function withCompanions(pair: KeyPair, certFile: string, reading: Reading): SigningPair {
  const more = companions(certFile, reading.files).map((file) =>
    readCertificate({ path: [], file }, reading)?.toString(),
  )
  return { ...pair, more: more.filter((cert) => cert !== undefined) }
}

export function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text)
}

function readMetadata(
  path: Path,
  { metadata, metadataCert, entityId }: SamlProvider,
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
  const xml = readText({ path: [...path, 'metadata'], file }, reading)
  if (xml === undefined || now === undefined || (metadataCert !== undefined && !signer)) return
  const fault = metadataFault(xml, { wanted: entityId, signer: signer?.toString(), now })
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
  const secret = readText(named, reading)?.trim()
  if (secret === undefined) return {}
  const exposure = exposureOf(named.file)
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
  return requireRsa(key.pem, { path, file }, reading) ? { key: key.object } : {}
}

interface NamedFile {
  readonly path: Path
  readonly file: string
}

function readPair(
  keyFile: NamedFile,
  certFile: NamedFile,
  reading: Reading,
  fit: typeof requireRsa = () => true,
): KeyPair | undefined {
  const key = readKey(keyFile, reading)
  if (key && !fit(key.pem, keyFile, reading)) return undefined
  const cert = readCertificate(certFile, reading)
  if (!key || !cert) return undefined
  if (cert.checkPrivateKey(key.object)) return { key: key.pem, cert: cert.toString() }
  reading.findings.push({
    path: certFile.path,
    message: `${certFile.file} is the certificate of another key`,
  })
  return undefined
}

/** The certificate stands in the key's own file, or beside it with the ending `.crt`. */
function readDecryption(keyFile: NamedFile, reading: Reading): KeyPair | undefined {
  const key = readKey(keyFile, reading)
  if (!key) return undefined
  if (!requireRsa(key.pem, keyFile, reading)) return undefined
  const sameFile = key.pem.includes('-----BEGIN CERTIFICATE-----')
  const file = sameFile ? keyFile.file : keyFile.file.replace(/\.[^./\\]*$/, '.crt')
  return readPair(keyFile, { path: keyFile.path, file }, reading)
}

/**
 * Messages are signed by RSA-SHA256 and keys unwrapped by RSA-OAEP, and nobody accepts less than 2048 bits any more:
 * another key would be found out at the first sign-in, by the other side.
 */
function requireRsa(pem: string, { path, file }: NamedFile, reading: Reading): boolean {
  const { asymmetricKeyType: type = 'unknown', asymmetricKeyDetails: details } = createPrivateKey(pem)
  const bits = details?.modulusLength ?? 0
  if (type === 'rsa' && bits >= 2048) return true
  const found = type === 'rsa' ? `RSA with ${bits} bits` : `of the type ${type}`
  const message = `${file} is ${found}; it must be RSA with at least 2048 bits. Make one with: rolebridge keys new NAME`
  reading.findings.push({ path, message })
  return false
}

function readKey(named: NamedFile, reading: Reading): { pem: string; object: KeyObject } | undefined {
  const pem = readText(named, reading)
  if (pem === undefined) return undefined
  const exposure = exposureOf(named.file)
  if (exposure)
    reading.findings.push({ path: named.path, message: `${named.file} holds a private key, but ${exposure}` })
  try {
    return { pem, object: createPrivateKey(pem) }
  } catch {
    reading.findings.push({
      path: named.path,
      message: `${named.file} holds no private key (PEM, not encrypted)`,
    })
    return undefined
  }
}

function readCertificate(named: NamedFile, reading: Reading): X509Certificate | undefined {
  const pem = readText(named, reading)
  if (pem === undefined) return undefined
  try {
    return new X509Certificate(pem)
  } catch {
    reading.findings.push({ path: named.path, message: `${named.file} holds no certificate (PEM)` })
    return undefined
  }
}

function readText({ path, file }: NamedFile, reading: Reading): string | undefined {
  noteFile(reading.files, file, undefined)
  try {
    const { text } = readWhole(file)
    noteFile(reading.files, file, text)
    return text
  } catch (error) {
    reading.findings.push({ path, message: `${file} ${whyUnreadable(error)}` })
    return undefined
  }
}
