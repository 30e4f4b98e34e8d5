import {
  constants,
  createCipheriv,
  createHash,
  type KeyObject,
  publicEncrypt,
  randomBytes,
} from 'node:crypto'

// Encrypts for tests (XML Encryption 1.1), with OAEP padding of its own where node offers none.

const xmlenc = 'http://www.w3.org/2001/04/xmlenc#'
const xmlenc11 = 'http://www.w3.org/2009/xmlenc11#'

const digests = {
  sha1: 'http://www.w3.org/2000/09/xmldsig#sha1',
  sha224: 'http://www.w3.org/2001/04/xmldsig-more#sha224',
  sha256: `${xmlenc}sha256`,
  sha384: 'http://www.w3.org/2001/04/xmldsig-more#sha384',
  sha512: `${xmlenc}sha512`,
}

export interface KeyOptions {
  /** Length of the content key when it shall not be that of the cipher. */
  readonly keyBytes?: number
  readonly digest?: keyof typeof digests
  readonly mask?: keyof typeof digests
  /** rsa-oaep-mgf1p of XML Encryption 1.0, or rsa-oaep of 1.1. */
  readonly wrap?: 'mgf1p' | 'oaep' | 'pkcs1'
  readonly oaepParams?: string
}

export interface EncryptOptions extends KeyOptions {
  readonly cipher?: 'aes128-gcm' | 'aes192-gcm' | 'aes256-gcm' | 'aes128-cbc' | 'aes192-cbc' | 'aes256-cbc'
  /** Where EncryptedKey stands. */
  readonly place?: 'inside' | 'beside'
}

/** A content key and its wrapped form, so that many messages can be encrypted with one RSA operation. */
export interface ContentKey {
  readonly key: Buffer
  readonly encryptedKey: string
}

/** A fresh AES key (of 256 bits, unless the options say otherwise), wrapped for the holder of the private half. */
export function contentKey(publicKey: KeyObject, options: KeyOptions = {}): ContentKey {
  const { keyBytes = 32, digest = 'sha1', mask = 'sha1', wrap = 'mgf1p', oaepParams } = options
  const key = randomBytes(keyBytes)
  const wrapped =
    wrap === 'pkcs1'
      ? publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, key)
      : wrapOaep(publicKey, key, digest, mask)
  const algorithm = {
    mgf1p: `${xmlenc}rsa-oaep-mgf1p`,
    oaep: `${xmlenc11}rsa-oaep`,
    pkcs1: `${xmlenc}rsa-1_5`,
  }[wrap]
  const mgf = wrap === 'oaep' ? `<x11:MGF xmlns:x11="${xmlenc11}" Algorithm="${xmlenc11}mgf1${mask}"/>` : ''
  const params = oaepParams === undefined ? '' : `<xenc:OAEPparams>${oaepParams}</xenc:OAEPparams>`
  const encryptedKey =
    `<xenc:EncryptedKey xmlns:xenc="${xmlenc}"><xenc:EncryptionMethod Algorithm="${algorithm}">${params}` +
    `<ds:DigestMethod xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Algorithm="${digests[digest]}"/>${mgf}</xenc:EncryptionMethod>` +
    `<xenc:CipherData><xenc:CipherValue>${wrapped.toString('base64')}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>`
  return { key, encryptedKey }
}

/** An EncryptedAssertion around this XML, as anybody who knows our metadata can make one. */
export function encryptAssertion(
  assertion: string,
  recipient: KeyObject | ContentKey,
  options: EncryptOptions = {},
): string {
  const { cipher = 'aes256-gcm', place = 'inside' } = options
  const keyBytes = Number(/\d+/.exec(cipher)?.[0]) / 8
  const { key, encryptedKey } =
    'encryptedKey' in recipient ? recipient : contentKey(recipient, { keyBytes, ...options })
  const content = encryptContent(Buffer.from(assertion, 'utf8'), key, cipher)
  const reference = `<ds:RetrievalMethod xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Type="${xmlenc}EncryptedKey" URI="#_key"/>`
  const beside = encryptedKey.replace('<xenc:EncryptedKey ', '<xenc:EncryptedKey Id="_key" ')
  const space = cipher.endsWith('gcm') ? xmlenc11 : xmlenc
  return (
    `<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><xenc:EncryptedData xmlns:xenc="${xmlenc}" Type="${xmlenc}Element">` +
    `<xenc:EncryptionMethod Algorithm="${space}${cipher}"/><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">${place === 'inside' ? encryptedKey : reference}</ds:KeyInfo>` +
    `<xenc:CipherData><xenc:CipherValue>${content.toString('base64')}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>` +
    `${place === 'beside' ? beside : ''}</saml:EncryptedAssertion>`
  )
}

function encryptContent(plain: Buffer, key: Buffer, cipher: string): Buffer {
  const name = cipher.replace(/aes\d+/, `aes-${key.length * 8}`)
  if (cipher.endsWith('gcm')) {
    const iv = randomBytes(12)
    const gcm = createCipheriv(name as 'aes-256-gcm', key, iv)
    return Buffer.concat([iv, gcm.update(plain), gcm.final(), gcm.getAuthTag()])
  }
  const iv = randomBytes(16)
  const padding = 16 - (plain.length % 16)
  const padded = Buffer.concat([plain, randomBytes(padding - 1), Buffer.from([padding])])
  const cbc = createCipheriv(name, key, iv).setAutoPadding(false)
  return Buffer.concat([iv, cbc.update(padded), cbc.final()])
}

/** EME-OAEP (RFC 8017 §7.1.1) with an empty label. */
function wrapOaep(key: KeyObject, message: Buffer, digest: string, mask: string): Buffer {
  const size = (key.asymmetricKeyDetails?.modulusLength ?? 2048) / 8
  const labelHash = createHash(digest).digest()
  const padding = Buffer.alloc(size - message.length - 2 * labelHash.length - 2)
  const data = Buffer.concat([labelHash, padding, Buffer.from([1]), message])
  const seed = randomBytes(labelHash.length)
  const maskedData = xor(data, mgf1(mask, seed, data.length))
  const maskedSeed = xor(seed, mgf1(mask, maskedData, seed.length))
  return publicEncrypt(
    { key, padding: constants.RSA_NO_PADDING },
    Buffer.concat([Buffer.from([0]), maskedSeed, maskedData]),
  )
}

function mgf1(hash: string, seed: Buffer, length: number): Buffer {
  const blocks: Buffer[] = []
  for (let counter = 0; blocks.reduce((sum, { length }) => sum + length, 0) < length; counter++) {
    const number = Buffer.alloc(4)
    number.writeUInt32BE(counter)
    blocks.push(
      createHash(hash)
        .update(Buffer.concat([seed, number]))
        .digest(),
    )
  }
  return Buffer.concat(blocks, length)
}

const xor = (a: Buffer, b: Buffer) => Buffer.from(a.map((byte, at) => byte ^ (b[at] ?? 0)))
