import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { exposureBy } from '../exposure.ts'
import { noteFile, type Reading } from '../reading.ts'
import { type NamedFile, readNamed } from './named-file.ts'

/** A private key with the certificate that belongs to it, both PEM text. */
export interface KeyPair {
  readonly key: string
  readonly cert: string
}

/** A key that others trust, and certificates to publish beside its own before and after a rollover. */
export interface SigningPair extends KeyPair {
  readonly more: readonly string[]
}

interface PrivateKey {
  readonly pem: string
  readonly object: KeyObject
}

/** A key and its certificate; a key that is not `fit` is none, and the finding is said by who judged it. */
export function readPair(
  keyFile: NamedFile,
  certFile: NamedFile,
  reading: Reading,
  fit: typeof requireRsa = () => true,
): KeyPair | undefined {
  const key = readKey(keyFile, reading)
  if (key && !fit(key, keyFile, reading)) return undefined
  return withCertificate(key, certFile, reading)
}

/** The same for a key that signs, with the certificates of the keys before and after it. */
export function readSigningPair(
  keyFile: NamedFile,
  certFile: NamedFile,
  reading: Reading,
): SigningPair | undefined {
  const pair = readPair(keyFile, certFile, reading, requireRsa)
  if (pair === undefined) return undefined
  const more = companions(certFile.file, reading.files).map((file) =>
    readCertificate({ path: [], file }, reading)?.toString(),
  )
  return { ...pair, more: more.filter((cert) => cert !== undefined) }
}

/** A key that decrypts, and those before and after it. */
export function readDecryptionPairs(keyFile: NamedFile, reading: Reading): readonly KeyPair[] {
  const all = [keyFile.file, ...companions(keyFile.file, reading.files)]
  return all.flatMap((file) => readDecryption({ ...keyFile, file }, reading) ?? [])
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

/** The certificate stands in the key's own file, or beside it with the ending `.crt`. */
function readDecryption(keyFile: NamedFile, reading: Reading): KeyPair | undefined {
  const key = readKey(keyFile, reading)
  if (!key || !requireRsa(key, keyFile, reading)) return undefined
  const sameFile = key.pem.includes('-----BEGIN CERTIFICATE-----')
  const file = sameFile ? keyFile.file : keyFile.file.replace(/\.[^./\\]*$/, '.crt')
  return withCertificate(key, { ...keyFile, file }, reading)
}

function withCertificate(
  key: PrivateKey | undefined,
  certFile: NamedFile,
  reading: Reading,
): KeyPair | undefined {
  const cert = readCertificate(certFile, reading)
  if (!key || !cert) return undefined
  if (cert.checkPrivateKey(key.object)) return { key: key.pem, cert: cert.toString() }
  reading.findings.push({
    path: certFile.path,
    message: `${certFile.file} is the certificate of another key`,
  })
  return undefined
}

/**
 * Messages are signed by RSA-SHA256 and keys unwrapped by RSA-OAEP, and nobody accepts less than 2048 bits any more:
 * another key would be found out at the first sign-in, by the other side.
 */
export function requireRsa(
  { object }: Pick<PrivateKey, 'object'>,
  { path, file }: NamedFile,
  reading: Reading,
): boolean {
  const { asymmetricKeyType: type = 'unknown', asymmetricKeyDetails: details } = object
  const bits = details?.modulusLength ?? 0
  if (type === 'rsa' && bits >= 2048) return true
  const found = type === 'rsa' ? `RSA with ${bits} bits` : `of the type ${type}`
  const message = `${file} is ${found}; it must be RSA with at least 2048 bits. Make one with: rolebridge keys new NAME`
  reading.findings.push({ path, message })
  return false
}

/** A private key that nobody else may read. */
export function readKey(named: NamedFile, reading: Reading): PrivateKey | undefined {
  const read = readNamed(named, reading)
  if (read === undefined) return undefined
  const { text: pem, stat } = read
  const { path, file } = named
  const exposure = exposureBy(stat)
  if (exposure) reading.findings.push({ path, message: `${file} holds a private key, but ${exposure}` })
  try {
    return { pem, object: createPrivateKey(pem) }
  } catch {
    reading.findings.push({ path, message: `${file} holds no private key (PEM, not encrypted)` })
    return undefined
  }
}

/** A certificate, whoever may read it. */
export function readCertificate(named: NamedFile, reading: Reading): X509Certificate | undefined {
  const read = readNamed(named, reading)
  if (read === undefined) return undefined
  try {
    return new X509Certificate(read.text)
  } catch {
    reading.findings.push({ path: named.path, message: `${named.file} holds no certificate (PEM)` })
    return undefined
  }
}
