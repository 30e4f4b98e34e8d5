import { generateKeyPair, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto'
import { promisify } from 'node:util'
import { bitString, bool, explicit, integer, octets, oid, sequence, set, time, utf8 } from './der.ts'

/** A private key (PKCS #8) and its certificate, both PEM. */
export interface KeyPair {
  readonly key: string
  readonly cert: string
}

const day = 86_400_000
const sha256WithRsa = sequence(oid('1.2.840.113549.1.1.11'), Buffer.from([5, 0]))

/** What a certificate says (RFC 5280 §4.1), and who says so. */
export interface Certify {
  readonly subject: string
  readonly issuer: string
  readonly publicKey: KeyObject
  readonly signingKey: KeyObject
  readonly days: number
  /** Epoch milliseconds. */
  readonly now: number
  readonly extensions: readonly Buffer[]
}

/** Makes a certificate, PEM, valid from a day before `now`, so that a peer whose clock is behind accepts it too. */
export function certify(ask: Certify): string {
  const name = (common: string) => sequence(set(sequence(oid('2.5.4.3'), utf8(common))))
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(serial),
    sha256WithRsa,
    name(ask.issuer),
    sequence(time(ask.now - day), time(ask.now + ask.days * day)),
    name(ask.subject),
    ask.publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...ask.extensions)),
  )
  const signature = sign('sha256', toBeSigned, ask.signingKey)
  return new X509Certificate(sequence(toBeSigned, sha256WithRsa, bitString(signature))).toString()
}

/** Makes an RSA-2048 key and a self-signed certificate for it, valid for `days`. */
export async function selfSigned(ask: { commonName: string; days: number; now: number }): Promise<KeyPair> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  const { commonName, days, now } = ask
  const basicConstraints = sequence(oid('2.5.29.19'), bool(true), octets(sequence()))
  const about = { subject: commonName, issuer: commonName, publicKey, signingKey: privateKey }
  const cert = certify({ ...about, days, now, extensions: [basicConstraints] })
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert }
}
