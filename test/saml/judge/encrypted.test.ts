import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { Refusal } from '../../../src/core/index.ts'
import { judgeResponse } from '../../../src/saml/judge/response.ts'
import { opinionNames, opinions } from '../../../src/saml/opinions/index.ts'
import {
  assertionXml,
  circumstances,
  decryptionKeys,
  encode,
  otherKeys,
  responseXml,
  type SignOptions,
  sign,
  template,
  trustedProvider,
} from '../kit.ts'
import { contentKey, type EncryptOptions, encryptAssertion } from './encryptor.ts'

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

const refuses = (message: string, code: string, where = circumstances(), detail = /./) =>
  assert.throws(
    () => judgeResponse(message, where),
    (error) => {
      assert.ok(error instanceof Refusal, String(error))
      assert.equal(error.code, code, error.detail)
      assert.match(error.detail, detail)
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

  for (const [what, options, detail] of [
    ['PKCS #1 v1.5', { wrap: 'pkcs1' }, /key transport by RSA PKCS #1 v1\.5 is not accepted.*RSA-OAEP/],
    ['OAEPparams', { oaepParams: 'eA==' }, /OAEPparams/],
    ['SHA-224', { digest: 'sha224' }, /DigestMethod "[^"]*sha224" is not accepted/],
    ['a mask by SHA-224', { wrap: 'oaep', mask: 'sha224' }, /MGF "[^"]*mgf1sha224" is not accepted/],
    [
      'a content key that is too short',
      { keyBytes: 16 },
      /the content key has 128 bits, not those of aes-256-gcm/,
    ],
  ] as const) {
    test(`says in the detail that ${what} is the fault`, () =>
      refuses(encrypted(['Assertion'], options), 'decryption_failed', circumstances(), detail))
  }

  test('says in the detail that the key is of another length', () => {
    const longer = generateKeyPairSync('rsa', { modulusLength: 3072 }).publicKey
    refuses(
      encrypted(['Assertion'], {}, longer),
      'decryption_failed',
      circumstances(),
      /3072 bits, ours has 2048/,
    )
  })

  test('says the algorithms, and the same words, whatever the private key finds wrong', () => {
    const words =
      /^no configured key decrypts the assertion \(RSA-OAEP with sha1, MGF1 with sha1, aes-256-gcm\)$/
    refuses(encrypted(['Assertion'], {}, otherKeys.publicKey), 'decryption_failed', circumstances(), words)
    const xml = Buffer.from(encrypted(['Assertion']), 'base64').toString('utf8')
    for (const { 1: value = '', index = 0 } of xml.matchAll(/<xenc:CipherValue>([^<]+)/g)) {
      const at = index + '<xenc:CipherValue>'.length + Math.floor(value.length / 2)
      const changed = xml.slice(0, at) + (xml[at] === 'A' ? 'B' : 'A') + xml.slice(at + 1)
      refuses(encode(changed), 'decryption_failed', circumstances(), words)
    }
  })

  test('skips a key that is wrapped for somebody else in a way we do not accept', () => {
    const xml = Buffer.from(encrypted(['Assertion']), 'base64').toString('utf8')
    const { encryptedKey } = contentKey(otherKeys.publicKey, { wrap: 'pkcs1' })
    const both = xml.replace('<xenc:EncryptedKey', () => `${encryptedKey}<xenc:EncryptedKey`)
    assert.ok(judgeResponse(encode(both), circumstances()))
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

describe('a decrypted assertion is read where EncryptedData stood', () => {
  const declared = ' xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"'
  /** Signs the assertion where it stands, then encrypts exactly its text, as `xmlsec1 --encrypt` does. */
  function inPlace(
    xml: string,
    local: 'Response' | 'Assertion',
    options: SignOptions = {},
    outer = false,
  ): string {
    const signed = outer ? xml : sign(xml, local, options)
    const [assertion = ''] = /<(?:saml:)?Assertion[\s\S]*<\/(?:saml:)?Assertion>/.exec(signed) ?? []
    const [, open, data, close] =
      /^(<saml:EncryptedAssertion)[^>]*>([\s\S]*)(<\/saml:EncryptedAssertion>)$/.exec(
        encryptAssertion(assertion, decryptionKeys.publicKey),
      ) ?? []
    const sealed = signed.replace(assertion, () => `${open}>${data}${close}`)
    return encode(outer ? sign(sealed, local, options) : sealed)
  }
  const leaning = responseXml(template(), assertionXml(template()).replace(declared, ''))

  for (const opinion of opinionNames) {
    test(`accepts prefixes that are declared around it (second opinion: ${opinion})`, () => {
      const where = circumstances(trustedProvider(), { opinion: opinions[opinion] })
      const judgement = judgeResponse(inPlace(leaning, 'Assertion'), where)
      assert.deepEqual(judgement.signed, ['Assertion'])
      assert.equal(judgement.identity.nameId, 'alice@corp.example')
      assert.deepEqual(judgeResponse(inPlace(leaning, 'Response', {}, true), where).signed, ['Response'])
    })
    test(`accepts inclusive prefixes that are declared around it (second opinion: ${opinion})`, () => {
      const xml = leaning.replace(
        '<samlp:Response ',
        '<samlp:Response xmlns:xs="http://www.w3.org/2001/XMLSchema" ',
      )
      const where = circumstances(trustedProvider(), { opinion: opinions[opinion] })
      const message = inPlace(xml, 'Assertion', { inclusive: ['xs'] })
      assert.equal(judgeResponse(message, where).identity.nameId, 'alice@corp.example')
    })
    test(`accepts a default namespace that is declared around it (second opinion: ${opinion})`, () => {
      const xml = leaning
        .replace(/(<\/?)saml:(?!Assertion )/g, '$1')
        .replace('<saml:Assertion ', '<Assertion ')
        .replace('<samlp:Response ', '<samlp:Response xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ')
      const where = circumstances(trustedProvider(), { opinion: opinions[opinion] })
      assert.equal(judgeResponse(inPlace(xml, 'Assertion'), where).identity.nameId, 'alice@corp.example')
    })
  }

  test('a prefix that means something else there makes another assertion', () => {
    const xml = Buffer.from(inPlace(leaning, 'Assertion'), 'base64').toString('utf8')
    const moved = xml
      .replace(declared, '')
      .replace(
        '<saml:EncryptedAssertion',
        '<s:EncryptedAssertion xmlns:s="urn:oasis:names:tc:SAML:2.0:assertion"',
      )
      .replace('</saml:EncryptedAssertion', '</s:EncryptedAssertion')
      .replace(/(<\/?)saml:Issuer/g, '$1s:Issuer')
      .replace('<s:Issuer', '<s:Issuer xmlns:s="urn:oasis:names:tc:SAML:2.0:assertion"')
    refuses(encode(moved), 'decryption_failed', circumstances(), /prefix is not declared/)
    const evil = moved.replace('<samlp:Response ', '<samlp:Response xmlns:saml="urn:evil" ')
    refuses(encode(evil), 'decryption_failed')
  })

  test('a declaration that the signature of the Response does not cover counts for nothing', () => {
    const stray = leaning
      .replace('<samlp:Response ', '<samlp:Response xmlns:u="urn:u" ')
      .replace('<saml:AttributeValue>', '<saml:AttributeValue u:x="y">')
    refuses(inPlace(stray, 'Response', {}, true), 'decryption_failed', circumstances(), /not declared/)
    const covered = inPlace(stray, 'Response', { inclusive: ['u'] }, true)
    assert.deepEqual(judgeResponse(covered, circumstances()).signed, ['Response'])
  })

  test('an XML declaration and a byte order mark before the assertion change nothing', () => {
    for (const before of ['<?xml version="1.0" encoding="UTF-8"?>\n', '\ufeff']) {
      const assertion = before + sign(assertionXml(template()), 'Assertion')
      const xml = responseXml(template(), encryptAssertion(assertion, decryptionKeys.publicKey))
      assert.deepEqual(judgeResponse(encode(xml), circumstances()).signed, ['Assertion'])
    }
  })
})
