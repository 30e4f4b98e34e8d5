import assert from 'node:assert/strict'
import { constants, createHash, publicEncrypt, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { decryptOaep, type OaepHash } from '../../../src/saml/judge/encryption/oaep.ts'
import { decryptionKeys } from '../kit.ts'

// Blocks of EME-OAEP (RFC 8017 §7.1.1) that are wrong in one place each. No cipher stands behind them, so what is
// not noticed here is not noticed.

const { publicKey, privateKey } = decryptionKeys
const digest: OaepHash = 'sha256'
const mask: OaepHash = 'sha1'
const message = Buffer.from('sixteen bytes :)')

interface Block {
  first: number
  labelHash: Buffer
  padding: Buffer
  separator: number
}

function block(change: Partial<Block> = {}): Buffer {
  const size = 256
  const labelHash = createHash(digest).digest()
  const plain: Block = {
    first: 0,
    labelHash,
    padding: Buffer.alloc(size - message.length - 2 * labelHash.length - 2),
    separator: 1,
  }
  const { first, labelHash: label, padding, separator } = { ...plain, ...change }
  const data = Buffer.concat([label, padding, Buffer.from([separator]), message])
  const seed = randomBytes(labelHash.length)
  const maskedData = xor(data, mgf1(seed, data.length))
  const maskedSeed = xor(seed, mgf1(maskedData, seed.length))
  const whole = Buffer.concat([Buffer.from([first]), maskedSeed, maskedData])
  return publicEncrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, whole)
}

function mgf1(seed: Buffer, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 20) }, (_, counter) =>
    createHash(mask)
      .update(seed)
      .update(Buffer.from([0, 0, 0, counter]))
      .digest(),
  )
  return Buffer.concat(blocks, length)
}

const xor = (a: Buffer, b: Buffer) => Buffer.from(a.map((byte, at) => byte ^ (b[at] ?? 0)))
const changed = (bytes: Buffer, at: number) => {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ 0x80
  return copy
}

describe('RSA-OAEP with two hashes', () => {
  const open = (encrypted: Buffer) => decryptOaep(privateKey, encrypted, digest, mask)
  const hash = createHash(digest).digest()
  const padding = Buffer.alloc(256 - message.length - 2 * hash.length - 2)

  test('opens a sound block', () => assert.deepEqual(open(block()), message))
  for (const [what, make] of [
    ['a first byte that is not zero', () => block({ first: 1 })],
    ['another label, different at its start', () => block({ labelHash: changed(hash, 0) })],
    ['another label, different at its end', () => block({ labelHash: changed(hash, hash.length - 1) })],
    ['padding that is not zero', () => block({ padding: changed(padding, 3) })],
    ['another separator', () => block({ separator: 2 })],
  ] as const) {
    test(`refuses ${what}`, () => {
      // One block in 256 would not fit the modulus: then it is refused by RSA itself, which is as good.
      assert.throws(() => open(make()))
    })
  }
  test('refuses a block that has no separator at all', () => {
    const data = Buffer.concat([hash, Buffer.alloc(256 - 2 * hash.length - 1)])
    const seed = randomBytes(hash.length)
    const maskedData = xor(data, mgf1(seed, data.length))
    const maskedSeed = xor(seed, mgf1(maskedData, seed.length))
    const whole = Buffer.concat([Buffer.from([0]), maskedSeed, maskedData])
    const encrypted = publicEncrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, whole)
    assert.throws(() => open(encrypted))
  })
})
