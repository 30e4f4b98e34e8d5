import assert from 'node:assert/strict'
import { createSign } from 'node:crypto'
import { describe, test } from 'node:test'
import { Refusal, type RefusalCode } from '../../../src/core/index.ts'
import { judgeResponse } from '../../../src/saml/judge/response.ts'
import type { Circumstances, TrustedProvider } from '../../../src/saml/judge/trust.ts'
import { opinions } from '../../../src/saml/opinions/index.ts'
import { canonicalize } from '../../../src/saml/xml/c14n.ts'
import { scan } from '../../../src/saml/xml/scan.ts'
import {
  assertionXml,
  at,
  circumstances,
  decryptionKeys,
  encode,
  idpEntityId,
  keys,
  otherKeys,
  responseXml,
  sign,
  template,
  trustedProvider,
} from '../kit.ts'
import { assertionWrappings, responseWrappings, wrap } from '../wrapping.ts'
import { contentKey, encryptAssertion } from './encryptor.ts'

// Our verifier alone, without a second opinion: every check has to hold by itself.

function judge(xml: string, provider: Partial<TrustedProvider> = {}, change: Partial<Circumstances> = {}) {
  return judgeResponse(
    encode(xml),
    circumstances(trustedProvider(provider), { opinion: undefined, ...change }),
  )
}

function refuses(
  code: RefusalCode,
  xml: string,
  provider: Partial<TrustedProvider> = {},
  change: Partial<Circumstances> = {},
): void {
  assert.throws(
    () => judge(xml, provider, change),
    (error) => {
      assert.ok(error instanceof Refusal, String(error))
      assert.equal(error.code, code, error.detail)
      return true
    },
  )
}

const plain = template()
const good = sign(responseXml(plain), 'Assertion')
const wrapped = contentKey(decryptionKeys.publicKey)
const encrypted = (assertion: string, mode: 'gcm' | 'cbc' = 'gcm'): string =>
  responseXml(plain, encryptAssertion(assertion, wrapped, { cipher: `aes256-${mode}` }))
const signedAssertion = sign(assertionXml(plain), 'Assertion')

test('the message that these tests change is accepted', () => {
  assert.deepEqual(judge(good).signed, ['Assertion'])
  assert.deepEqual(judge(encrypted(signedAssertion)).signed, ['Assertion'])
  assert.deepEqual(judge(sign(encrypted(assertionXml(plain), 'cbc'), 'Response')).signed, ['Response'])
})

describe('wrapping is refused without a second opinion', () => {
  const evil = assertionXml(
    template({
      assertionAttributes: { ...plain.assertionAttributes, ID: '_evil' },
      nameId: '<saml:NameID>eve@corp.example</saml:NameID>',
    }),
  )
  for (const [local, wrappings] of [
    ['Response', responseWrappings],
    ['Assertion', assertionWrappings],
  ] as const) {
    const valid = sign(responseXml(plain), local)
    for (const [name, wrapping] of Object.entries(wrappings)) {
      test(`${local}: ${name}`, () => {
        assert.throws(() => judge(wrap(wrapping, { valid, evil })), Refusal)
      })
    }
  }
})

describe('the message', () => {
  test('is no larger than allowed', () =>
    refuses('malformed_message', good, {}, { maxMessageBytes: Buffer.byteLength(good) - 1 }))
  test('is base64 and nothing else', () => {
    assert.throws(() => judgeResponse(`${encode(good)}!`, circumstances()), Refusal)
    assert.throws(() => judgeResponse(encode(good).replace(/.$/, '$&-'), circumstances()), Refusal)
  })
})

describe('the structure', () => {
  test('has no stray text in the Response', () =>
    refuses('unexpected_structure', good.replace('<samlp:Status>', 'x<samlp:Status>')))
  test('has no unknown child in the Response', () =>
    refuses('unexpected_structure', good.replace('<samlp:Status>', '<x/><samlp:Status>')))
  test('has no unknown child in the Assertion', () =>
    refuses('unexpected_structure', sign(responseXml(template({ extra: '<x/>' })), 'Assertion')))
  test('has a Response of SAML, not of another namespace', () =>
    refuses(
      'unexpected_structure',
      good
        .replace('<samlp:Response ', '<x:Response xmlns:x="urn:x" ')
        .replace('</samlp:Response>', '</x:Response>'),
    ))
  test('has either an Assertion or an EncryptedAssertion', () =>
    refuses(
      'unexpected_structure',
      good.replace('</samlp:Response>', '<saml:EncryptedAssertion/></samlp:Response>'),
    ))
  test('has no second Response', () =>
    refuses(
      'unexpected_structure',
      good.replace('<samlp:Status>', '<samlp:Status><x:Response xmlns:x="urn:x"/>'),
    ))
  test('has Assertions of version 2.0', () =>
    refuses(
      'unexpected_structure',
      sign(
        responseXml(template({ assertionAttributes: { ...plain.assertionAttributes, Version: '1.1' } })),
        'Assertion',
      ),
    ))
  const withId = (local: 'Response' | 'Assertion', ID: string) =>
    sign(
      responseXml(
        template(
          local === 'Response'
            ? { responseAttributes: { ...plain.responseAttributes, ID } }
            : { assertionAttributes: { ...plain.assertionAttributes, ID } },
        ),
      ),
      local,
    )
  for (const id of ['-a', '.a', 'a b', 'a:a', "a'a", 'á', '', `a${'x'.repeat(256)}`]) {
    test(`has no IDs such as "${id.slice(0, 10)}"`, () => {
      for (const local of ['Response', 'Assertion'] as const)
        refuses('unexpected_structure', withId(local, id))
    })
  }
  for (const id of ['_a', 'a', '7c6a5e10-6f0e-4f44-9b5f-3c1f5ad0b6a1', '0', '4.a-_']) {
    test(`may have the ID "${id}", as real providers write them`, () => {
      for (const local of ['Response', 'Assertion'] as const) {
        assert.deepEqual(judge(withId(local, id)).signed, [local])
        assert.deepEqual(judge(withId(local, id), {}, { opinion: opinions['libxml2-wasm'] }).signed, [local])
      }
    })
  }
  const valued = (value: string) =>
    sign(
      responseXml(
        template({
          attributes: `<saml:AttributeStatement><saml:Attribute Name="x"><saml:AttributeValue>${value}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>`,
        }),
      ),
      'Assertion',
    )
  for (const inside of [
    '<saml:Assertion/>',
    '<saml:EncryptedAssertion/>',
    '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"/>',
    '<saml:Subject><saml:NameID>eve</saml:NameID></saml:Subject>',
    '<saml:AuthnStatement/>',
    '<saml:AttributeStatement/>',
    '<saml:Attribute Name="groups"/>',
    '<saml:AttributeValue>eve</saml:AttributeValue>',
    '<x xmlns="urn:x"><saml:NameID>eve</saml:NameID></x>',
    '<saml:NameID>eve<saml:Subject/></saml:NameID>',
    '<saml:NameID><x xmlns="urn:x"/></saml:NameID>',
  ]) {
    test(`has nothing of SAML in a value, such as ${inside}`, () =>
      refuses('unexpected_structure', valued(inside)))
  }
  test('has no Signature in a value', () =>
    refuses('signature_structure', valued('<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>')))
  test('has no NameID in Advice, Extensions or Object', () => {
    const name = '<saml:NameID>eve</saml:NameID>'
    refuses(
      'unexpected_structure',
      sign(responseXml(template({ extra: `<saml:Advice>${name}</saml:Advice>` })), 'Assertion'),
    )
    refuses(
      'unexpected_structure',
      good.replace('<samlp:Status>', `<samlp:Extensions>${name}</samlp:Extensions><samlp:Status>`),
    )
  })
  test('may have a NameID as value, and its text is the value: eduPersonTargetedID', () => {
    const name = (text: string) =>
      `\n <saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent" NameQualifier="${idpEntityId}">${text}</saml:NameID>\n`
    const values = (xml: string) => judge(xml).identity.attributes.x
    assert.deepEqual(values(valued(name(' 8F+M9ov= '))), ['8F+M9ov='])
    assert.deepEqual(values(valued(name('a &amp; b'))), ['a & b'])
    assert.deepEqual(values(valued(name(''))), [])
    assert.deepEqual(values(valued(name('a') + name('b'))), [])
    assert.deepEqual(values(valued(`x${name('a')}`)), [])
    const [assertion = ''] = /<saml:Assertion[\s\S]*<\/saml:Assertion>/.exec(valued(name('8F+M9ov='))) ?? []
    assert.deepEqual(values(encrypted(assertion)), ['8F+M9ov='])
  })
})

describe('the signature', () => {
  const bad = (from: string | RegExp, to: string): string => {
    const changed = good.replace(from, to)
    assert.notEqual(changed, good)
    return changed
  }
  const structure = 'signature_structure'
  test('stands alone in its element', () => {
    const [one] = /<ds:Signature[ >][\s\S]*?<\/ds:Signature>/.exec(good) ?? []
    assert.throws(() => judge(bad(String(one), `${one}${one}`)), Refusal)
  })
  test('is made with the key type that its algorithm names', () =>
    refuses('signature_invalid', bad('xmldsig-more#rsa-sha256', 'xmldsig-more#ecdsa-sha256')))
  test('names the algorithm that it was made with', () => {
    const named = bad('xmldsig-more#rsa-sha256', 'xmldsig-more#ecdsa-sha256')
    const [info = ''] = /<ds:SignedInfo>[\s\S]*<\/ds:SignedInfo>/.exec(named) ?? []
    const alone = info.replace(
      '<ds:SignedInfo>',
      '<ds:SignedInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">',
    )
    const canonical = Buffer.from(canonicalize(scan(Buffer.from(alone))), 'latin1')
    const value = createSign('sha256').update(canonical).sign(keys.privateKey, 'base64')
    refuses('signature_invalid', named.replace(/<ds:SignatureValue>[^<]*/, `<ds:SignatureValue>${value}`))
  })
  test('has no fourth child', () =>
    refuses(structure, bad('</ds:SignatureValue>', '</ds:SignatureValue><ds:KeyInfo/><ds:KeyInfo/>')))
  test('has no fourth child in SignedInfo', () =>
    refuses(structure, bad('</ds:SignedInfo>', '<ds:Reference/></ds:SignedInfo>')))
  test('has no fourth child in Reference', () =>
    refuses(structure, bad('</ds:Reference>', '<ds:DigestValue/></ds:Reference>')))
  test('has no third transform', () =>
    refuses(structure, bad('</ds:Transforms>', '<ds:Transform Algorithm="urn:x"/></ds:Transforms>')))
  test('has no parameters in the enveloped transform', () =>
    refuses(structure, bad(/(enveloped-signature")\s*\/>/, '$1><ds:XPath/></ds:Transform>')))
  test('has no parameters in the canonicalization', () =>
    refuses(structure, bad(/(<ds:CanonicalizationMethod [^>]*)\/>/, '$1><x/></ds:CanonicalizationMethod>')))
  test('has no stray text', () => refuses(structure, bad('<ds:SignedInfo>', '<ds:SignedInfo>x')))
  test('has no unknown attributes', () => refuses(structure, bad('<ds:SignedInfo>', '<ds:SignedInfo x="y">')))
  test('has a value in base64', () => refuses(structure, bad(/<ds:SignatureValue>./, '<ds:SignatureValue>!')))
  test('signs with SHA-1 only where that was allowed', () => {
    const xml = sign(responseXml(plain), 'Assertion', {
      signature: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1',
    })
    refuses('signature_algorithm', xml)
    assert.deepEqual(judge(xml, { allowSha1: true }).signed, ['Assertion'])
  })
  test('is fatal when it fails, although the other one is good', () => {
    refuses('signature_invalid', sign(good, 'Response', { keys: otherKeys }))
    const inner = sign(responseXml(plain), 'Assertion', { keys: otherKeys })
    refuses('signature_invalid', sign(inner, 'Response'))
  })
})

describe('encrypted assertions', () => {
  test('must be signed, or stand in a signed Response', () =>
    refuses('signature_missing', encrypted(assertionXml(plain))))
  test('by AES-CBC stand in a signed Response', () =>
    refuses('decryption_failed', encrypted(signedAssertion, 'cbc')))
  test('hold an Assertion and nothing else', () => {
    refuses('decryption_failed', encrypted('<x/>'))
    refuses('decryption_failed', encrypted(`${signedAssertion}<x/>`))
    refuses('decryption_failed', encrypted(responseXml(plain)))
  })
  test('hold an Assertion of SAML, not of another namespace', () => {
    const other = assertionXml(plain)
      .replace('<saml:Assertion ', '<x:Assertion xmlns:x="urn:x" ')
      .replace('</saml:Assertion>', '</x:Assertion>')
    refuses('decryption_failed', encrypted(sign(other, 'Assertion')))
  })
  test('hold no second Assertion', () =>
    refuses(
      'decryption_failed',
      encrypted(
        assertionXml(template({ extra: '<saml:Advice><x:Assertion xmlns:x="urn:x"/></saml:Advice>' })),
      ),
    ))
  test('hold one EncryptedData', () =>
    refuses(
      'decryption_failed',
      encrypted(signedAssertion).replace(/<xenc:EncryptedData[\s\S]*<\/xenc:EncryptedData>/, '$&$&'),
    ))
  test('hold at most four EncryptedKeys', () =>
    refuses(
      'decryption_failed',
      encrypted(signedAssertion).replace(/<xenc:EncryptedKey [\s\S]*<\/xenc:EncryptedKey>/, '$&$&$&$&$&'),
    ))
  test('name their issuer inside as well', () =>
    refuses(
      'unknown_issuer',
      encrypted(
        sign(
          assertionXml(template({ issuer: '<saml:Issuer>https://evil.example</saml:Issuer>' })),
          'Assertion',
        ),
      ),
    ))
})

describe('what the assertion says', () => {
  test('comes from the provider that the Response names', () =>
    refuses('unknown_issuer', good.replace(idpEntityId, 'https://evil.example')))
  test('has no text between the conditions', () =>
    refuses(
      'unexpected_structure',
      sign(
        responseXml(
          template({ conditions: plain.conditions.replace('</saml:Conditions>', 'x</saml:Conditions>') }),
        ),
        'Assertion',
      ),
    ))
  test('confirms the subject by its data alone', () =>
    refuses(
      'subject_confirmation',
      sign(
        responseXml(
          template({
            confirmation: plain.confirmation.replace(
              '</saml:SubjectConfirmation>',
              '<saml:NameID>eve</saml:NameID></saml:SubjectConfirmation>',
            ),
          }),
        ),
        'Assertion',
      ),
    ))
  for (const [name, character] of [
    ['no-break space', '\u00a0'],
    ['byte order mark', '\ufeff'],
    ['ideographic space', '\u3000'],
  ] as const) {
    test(`keeps a ${name} in the NameID: it makes another name`, () => {
      const xml = responseXml(template({ nameId: `<saml:NameID>\n alice${character}\n</saml:NameID>` }))
      assert.equal(judge(sign(xml, 'Assertion')).identity.nameId, `alice${character}`)
    })
  }
  test('names one subject', () => {
    refuses(
      'unexpected_structure',
      sign(responseXml(template({ nameId: plain.nameId + plain.nameId })), 'Assertion'),
    )
    refuses(
      'unexpected_structure',
      sign(responseXml(template({ nameId: '<saml:NameID> </saml:NameID>' })), 'Assertion'),
    )
  })
  test('is about an authentication that is recent enough and strong enough', () => {
    refuses(
      'authn_too_old',
      sign(responseXml(template({ authn: plain.authn.replace(at(-30), at(-120)) })), 'Assertion'),
      { maxAuthnAge: 30_000 },
    )
    refuses('authn_context', good, { authnContext: ['https://refeds.org/profile/mfa'] })
  })
  for (const IssueInstant of [undefined, '', 'yesterday', '2026-01-15', '2026-01-15T12:00:00+01:00']) {
    test(`stands in a Response that was issued some time: not ${IssueInstant}`, () => {
      const responseAttributes = { ...plain.responseAttributes, IssueInstant }
      for (const local of ['Response', 'Assertion'] as const)
        refuses('unexpected_structure', sign(responseXml(template({ responseAttributes })), local))
    })
  }
  const authn = (inside: string) =>
    sign(
      responseXml(
        template({ authn: `<saml:AuthnStatement AuthnInstant="${at(-30)}">${inside}</saml:AuthnStatement>` }),
      ),
      'Assertion',
    )
  const context = (inside: string) => `<saml:AuthnContext>${inside}</saml:AuthnContext>`
  const classRef = (text: string) => `<saml:AuthnContextClassRef>${text}</saml:AuthnContextClassRef>`
  for (const inside of [
    '',
    context(''),
    context(classRef('')),
    context(classRef(' \n')),
    context(classRef('<x xmlns="urn:x"/>')),
    context(classRef('urn:a') + classRef('urn:b')),
    context(classRef('urn:a')) + context(classRef('urn:b')),
    context('<x xmlns="urn:x"/>'),
    '<AuthnContext xmlns="urn:x"/>',
  ]) {
    test(`is about an authentication of some kind: not ${inside || 'an empty statement'}`, () =>
      refuses('unexpected_structure', authn(inside)))
  }
  test('may be about an authentication that is declared instead of classed', () => {
    const declared = '<saml:AuthnContextDeclRef>https://idp.corp.example/ctx</saml:AuthnContextDeclRef>'
    assert.equal(judge(authn(context(declared))).identity.authnContext, undefined)
    assert.equal(judge(authn(context(classRef(' urn:a ') + declared))).identity.authnContext, 'urn:a')
    refuses('authn_context', authn(context(declared)), { authnContext: ['urn:a'] })
  })
  test('has instants that exist', () =>
    refuses(
      'unexpected_structure',
      sign(
        responseXml(template({ authn: plain.authn.replace(at(-30), '2025-06-31T12:00:00Z') })),
        'Assertion',
      ),
    ))
})

test('a second opinion that disagrees or breaks refuses what we would accept', () => {
  for (const opinion of [
    () => undefined,
    () => Buffer.from('something else'),
    () => {
      throw new Error('broken')
    },
  ]) {
    refuses('verifiers_disagree', good, {}, { opinion })
  }
})
