import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Refusal } from '../../src/core/index.ts'
import { judgeResponse } from '../../src/saml/response.ts'
import { type EncryptOptions, encryptAssertion } from './encryptor.ts'
import {
  assertionXml,
  circumstances,
  decryptionKeys,
  encode,
  otherKeys,
  responseXml,
  sign,
  template,
  trustedProvider,
} from './kit.ts'

/** Signs the assertion (when asked), encrypts it, and signs the Response (when asked). */
function encrypted(
  signed: ('Response' | 'Assertion')[],
  options: EncryptOptions = {},
  key = decryptionKeys.publicKey,
): string {
  const plain = assertionXml(template())
  const assertion = signed.includes('Assertion') ? sign(plain, 'Assertion') : plain
  const xml = responseXml(template(), encryptAssertion(assertion, key, options))
  return encode(signed.includes('Response') ? sign(xml, 'Response') : xml)
}

const refuses = (message: string, code: string, where = circumstances()) =>
  assert.throws(
    () => judgeResponse(message, where),
    (error) => {
      assert.ok(error instanceof Refusal, String(error))
      assert.equal(error.code, code, error.detail)
      return true
    },
  )

describe('encrypted assertions', () => {
  for (const cipher of ['aes128-gcm', 'aes192-gcm', 'aes256-gcm'] as const) {
    for (const [wrap, digest, mask] of [
      ['mgf1p', 'sha1', 'sha1'],
      ['mgf1p', 'sha256', 'sha1'],
      ['oaep', 'sha256', 'sha256'],
      ['oaep', 'sha256', 'sha1'],
      ['oaep', 'sha512', 'sha512'],
    ] as const) {
      test(`accepts ${cipher} under ${wrap} with ${digest} and ${mask}`, () => {
        const { identity } = judgeResponse(
          encrypted(['Assertion'], { cipher, wrap, digest, mask }),
          circumstances(),
        )
        assert.equal(identity.nameId, 'alice@corp.example')
      })
    }
  }

  test("accepts Okta's shape: Response signed, EncryptedKey beside the data", () => {
    const judgement = judgeResponse(
      encrypted(['Response', 'Assertion'], { place: 'beside' }),
      circumstances(),
    )
    assert.deepEqual(judgement.signed, ['Response', 'Assertion'])
  })

  test('accepts an assertion without a signature of its own inside a signed Response', () => {
    assert.deepEqual(judgeResponse(encrypted(['Response']), circumstances()).signed, ['Response'])
  })

  test('refuses an encrypted assertion that nobody signed', () => {
    refuses(encrypted([]), 'signature_missing')
  })

  for (const cipher of ['aes128-cbc', 'aes192-cbc', 'aes256-cbc'] as const) {
    test(`accepts ${cipher} only in a signed Response, or where the provider is configured for it`, () => {
      assert.equal(
        judgeResponse(encrypted(['Response'], { cipher }), circumstances()).identity.nameId,
        'alice@corp.example',
      )
      refuses(encrypted(['Assertion'], { cipher }), 'decryption_failed')
      const adfs = circumstances(trustedProvider({ allowCbc: true }))
      assert.equal(
        judgeResponse(encrypted(['Assertion'], { cipher }), adfs).identity.nameId,
        'alice@corp.example',
      )
    })
  }

  test('finds the right one of several decryption keys', () => {
    const keys = [otherKeys.privateKey, decryptionKeys.privateKey]
    assert.ok(
      judgeResponse(encrypted(['Assertion']), circumstances(trustedProvider(), { decryptionKeys: keys })),
    )
  })

  test('refuses PKCS #1 v1.5, a foreign key, a changed byte and nonsense inside alike', () => {
    refuses(encrypted(['Assertion'], { wrap: 'pkcs1' }), 'decryption_failed')
    refuses(encrypted(['Assertion'], {}, otherKeys.publicKey), 'decryption_failed')
    refuses(
      encrypted(['Assertion']),
      'decryption_failed',
      circumstances(trustedProvider(), { decryptionKeys: [] }),
    )
    const xml = Buffer.from(encrypted(['Assertion']), 'base64').toString('utf8')
    const values = [...xml.matchAll(/<xenc:CipherValue>([^<]+)/g)]
    for (const { 1: value = '', index = 0 } of values) {
      const at = index + '<xenc:CipherValue>'.length + Math.floor(value.length / 2)
      const changed = xml.slice(0, at) + (xml[at] === 'A' ? 'B' : 'A') + xml.slice(at + 1)
      refuses(encode(changed), 'decryption_failed')
    }
    for (const plain of [
      'not xml',
      '<x/>',
      assertionXml(template()).replace('<saml:Subject>', '<!-- --><saml:Subject>'),
    ]) {
      refuses(
        encode(sign(responseXml(template(), encryptAssertion(plain, decryptionKeys.publicKey)), 'Response')),
        'decryption_failed',
      )
    }
  })
})
