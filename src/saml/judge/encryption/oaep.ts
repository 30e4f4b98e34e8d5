import { constants, createHash, type KeyObject, privateDecrypt } from 'node:crypto'

export type OaepHash = 'sha1' | 'sha256' | 'sha384' | 'sha512'

/**
 * RSA-OAEP decryption (RFC 8017 §7.1.2) with an empty label. The digest and the hash of the mask generation
 * function may differ, as XML Encryption has it (SHA-1 masks with a SHA-256 digest), which node's own OAEP does
 * not offer. Throws the same error for every fault, found without an early way out.
 */
export function decryptOaep(key: KeyObject, encrypted: Buffer, digest: OaepHash, mask: OaepHash): Buffer {
  if (digest === mask) return privateDecrypt({ key, oaepHash: digest }, encrypted)
  const block = privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, encrypted)
  const labelHash = createHash(digest).digest()
  const size = labelHash.length
  const data = Buffer.from(block.subarray(1 + size))
  const seed = xor(block.subarray(1, 1 + size), maskOf(mask, data, size))
  const padded = xor(data, maskOf(mask, seed, data.length))
  let wrong = block[0] ?? 1
  for (let at = 0; at < size; at++) wrong |= (padded[at] ?? 0) ^ (labelHash[at] ?? 0)
  let start = 0
  for (let at = size; at < padded.length; at++) {
    const byte = padded[at] ?? 0
    // The first byte that is not zero must be one; later bytes are the message.
    const first = start === 0 && byte !== 0
    if (first) start = at + 1
    wrong |= first && byte !== 1 ? 1 : 0
  }
  if (wrong !== 0 || start === 0) throw new Error('decryption failed')
  return padded.subarray(start)
}

/** MGF1 (RFC 8017 §B.2.1). */
function maskOf(hash: OaepHash, seed: Buffer, length: number): Buffer {
  const blocks: Buffer[] = []
  for (let counter = 0, made = 0; made < length; counter++) {
    const number = Buffer.alloc(4)
    number.writeUInt32BE(counter)
    const block = createHash(hash).update(seed).update(number).digest()
    made += block.length
    blocks.push(block)
  }
  return Buffer.concat(blocks, length)
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((byte, at) => byte ^ (b[at] ?? 0)))
}
