import { createHash, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { certify, der, type KeyPair } from '../saml/index.ts'

const { bitString, bool, explicit, implicit, octets, oid, sequence } = der

/** Days: nobody shall come to rely on it. */
const lifetime = 90

/**
 * A certificate for this machine's loopback names and the authority that vouches for it, as AWS tools and browsers
 * want it (RFC 5280 §4.2). The authority's key is forgotten at once and its name is bound to loopback (§4.2.1.10), so
 * whoever trusts it trusts nothing else.
 */
export async function throwAwayAuthority(now: number): Promise<KeyPair & { readonly authority: string }> {
  const [authority, own] = await Promise.all([keyPair(), keyPair()])
  const issuer = `Rolebridge demo, throw away (${new Date(now).toISOString().slice(0, 16)})`
  const by = { issuer, signingKey: authority.privateKey, days: lifetime, now }
  const caExtensions = [
    extension('2.5.29.19', sequence(bool(true)), true),
    extension('2.5.29.15', keyUsage(0x06, 1), true),
    extension('2.5.29.14', octets(idOf(authority.publicKey))),
    extension(
      '2.5.29.30',
      sequence(explicit(0, Buffer.concat([sequence(dns), sequence(loopbackNet)]))),
      true,
    ),
  ]
  const ownExtensions = [
    extension('2.5.29.19', sequence(), true),
    extension('2.5.29.15', keyUsage(0xa0, 5), true),
    extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1'))),
    extension('2.5.29.17', sequence(dns, implicit(7, Buffer.from([127, 0, 0, 1])))),
    extension('2.5.29.35', sequence(implicit(0, idOf(authority.publicKey)))),
  ]
  return {
    authority: certify({ ...by, subject: issuer, publicKey: authority.publicKey, extensions: caExtensions }),
    cert: certify({ ...by, subject: 'localhost', publicKey: own.publicKey, extensions: ownExtensions }),
    key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

const dns = implicit(2, Buffer.from('localhost'))
const loopbackNet = implicit(7, Buffer.from([127, 0, 0, 0, 255, 0, 0, 0]))

const keyPair = () => promisify(generateKeyPair)('rsa', { modulusLength: 2048 })

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [bool(true)] : []), octets(value))
}

/** A BIT STRING says first how many bits of its last byte are unused (X.690 §8.6). */
function keyUsage(bits: number, unused: number): Buffer {
  const whole = bitString(Buffer.from([bits]))
  whole[2] = unused
  return whole
}

/** RFC 5280 §4.2.1.2, method 1 over the whole SubjectPublicKeyInfo: any value that is the key's own will do. */
function idOf(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest()
}
