import { constants, createCipheriv, type KeyObject, publicEncrypt, randomBytes } from 'node:crypto'

const xmlenc = 'http://www.w3.org/2001/04/xmlenc#'

/** A content key and its wrapped form, so that many messages can be encrypted with one RSA operation. */
export interface ContentKey {
  readonly key: Buffer
  readonly wrapped: string
}

/** A fresh AES-256 key, wrapped by RSA-OAEP with SHA-1 for the holder of the private half. */
export function contentKey(publicKey: KeyObject): ContentKey {
  const key = randomBytes(32)
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  return {
    key,
    wrapped: publicEncrypt({ key: publicKey, padding, oaepHash: 'sha1' }, key).toString('base64'),
  }
}

/** An EncryptedAssertion around this XML, as anybody who knows our metadata can make one (AES-256-GCM or CBC). */
export function encryptAssertion(
  xml: string,
  { key, wrapped }: ContentKey,
  mode: 'gcm' | 'cbc' = 'gcm',
): string {
  const algorithm = mode === 'gcm' ? 'http://www.w3.org/2009/xmlenc11#aes256-gcm' : `${xmlenc}aes256-cbc`
  const content = mode === 'gcm' ? gcm(xml, key) : cbc(xml, key)
  return (
    '<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">' +
    `<xenc:EncryptedData xmlns:xenc="${xmlenc}" Type="${xmlenc}Element"><xenc:EncryptionMethod Algorithm="${algorithm}"/>` +
    '<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><xenc:EncryptedKey>' +
    `<xenc:EncryptionMethod Algorithm="${xmlenc}rsa-oaep-mgf1p"/>` +
    `<xenc:CipherData><xenc:CipherValue>${wrapped}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo>` +
    `<xenc:CipherData><xenc:CipherValue>${content.toString('base64')}</xenc:CipherValue></xenc:CipherData>` +
    '</xenc:EncryptedData></saml:EncryptedAssertion>'
  )
}

function gcm(xml: string, key: Buffer): Buffer {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  return Buffer.concat([iv, cipher.update(xml, 'utf8'), cipher.final(), cipher.getAuthTag()])
}

function cbc(xml: string, key: Buffer): Buffer {
  const iv = randomBytes(16)
  const cipher = createCipheriv('aes-256-cbc', key, iv)
  return Buffer.concat([iv, cipher.update(xml, 'utf8'), cipher.final()])
}
