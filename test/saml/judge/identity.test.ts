import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Refusal, type RefusalCode } from '../../../src/core/index.ts'
import { judgeResponse } from '../../../src/saml/judge/response.ts'
import { identityProviderOptions } from '../../../src/saml/options.ts'
import { toTrusted } from '../../../src/saml/sign-in/providers.ts'
import { circumstances, idpEntityId, keys, signedResponse, type Template } from '../kit.ts'

// Whom an accepted assertion is about, under the names that the configuration gives.

function judge(change: Partial<Template>, options: Record<string, unknown> = {}) {
  const configured = identityProviderOptions.parse({ metadata: 'x', ...options })
  const provider = toTrusted('test', configured, idpEntityId, [keys.publicKey])
  return judgeResponse(signedResponse(change), circumstances(provider)).identity
}

function refuses(run: () => unknown, code: RefusalCode, ...details: RegExp[]): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof Refusal, String(error))
    assert.equal(error.code, code, error.detail)
    for (const detail of details) assert.match(error.detail, detail)
    return true
  })
}

const attribute = (name: string, friendly: string | undefined, ...values: string[]) =>
  `<saml:Attribute Name="${name}"${friendly === undefined ? '' : ` FriendlyName="${friendly}"`}>` +
  `${values.map((value) => `<saml:AttributeValue>${value}</saml:AttributeValue>`).join('')}</saml:Attribute>`
const sent = (...attributes: string[]): Partial<Template> => ({
  attributes: `<saml:AttributeStatement>${attributes.join('')}</saml:AttributeStatement>`,
})
const mailOid = 'urn:oid:0.9.2342.19200300.100.1.3'
const asUser = (user: string) => ({ attributes: { user } })

describe('a Subject without NameID', () => {
  const mail = sent(attribute('mail', undefined, 'alice@corp.example'))

  test('is accepted when the configured attribute names the person', () => {
    const identity = judge({ nameId: '', ...mail }, asUser('mail'))
    assert.equal(identity.user, 'alice@corp.example')
    assert.equal(identity.nameId, 'alice@corp.example')
    assert.equal(identity.nameIdAbsent, true)
  })
  test('is accepted when an attribute of the kind names the person', () => {
    const upn = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn'
    const identity = judge({ nameId: '', ...sent(attribute(upn, undefined, 'alice')) }, { kind: 'adfs' })
    assert.deepEqual([identity.user, identity.nameIdAbsent], ['alice', true])
  })
  test('says nothing of that kind when there is one', () => {
    assert.equal(judge(mail, asUser('mail')).nameIdAbsent, undefined)
  })
  test('is refused with the cure when nothing else names the person', () =>
    refuses(
      () => judge({ nameId: '', ...mail }),
      'unexpected_structure',
      /AD FS: a claim rule that issues Name ID/,
      /attributes\.user/,
    ))
  for (const id of ['<saml:EncryptedID/>', '<saml:EncryptedID/><saml:NameID>alice</saml:NameID>']) {
    test(`is refused with the cure for ${id}`, () =>
      refuses(
        () => judge({ nameId: id, ...mail }, asUser('mail')),
        'unexpected_structure',
        /EncryptedID/,
        /encrypt the whole assertion/,
      ))
  }
  for (const id of [
    '<saml:BaseID/>',
    '<x:NameID xmlns:x="urn:x">alice</x:NameID>',
    '<saml:NameID>alice</saml:NameID><saml:NameID>bob</saml:NameID>',
    '<saml:NameID/>',
  ]) {
    test(`is not one with ${id}, which is refused whatever the attributes say`, () =>
      refuses(() => judge({ nameId: id, ...mail }, asUser('mail')), 'unexpected_structure'))
  }
})

describe('the attribute that names the user', () => {
  test('is found by the OID that its name has in a common schema', () => {
    const identity = judge(sent(attribute(mailOid, 'mail', 'alice@corp.example')), asUser('mail'))
    assert.equal(identity.user, 'alice@corp.example')
  })
  test('is the one of exactly that Name when both are there', () => {
    const both = sent(
      attribute(mailOid, 'mail', 'oid@corp.example'),
      attribute('mail', undefined, 'name@corp.example'),
    )
    assert.equal(judge(both, asUser('mail')).user, 'name@corp.example')
  })
  test('is never found by FriendlyName, which the error gives as the hint', () => {
    const other = sent(
      attribute('urn:oid:1.2.3.4', 'staffNumber', 'secret-value'),
      attribute('x', undefined, 'y'),
    )
    const run = () => judge(other, asUser('staffNumber'))
    refuses(run, 'user_attribute', /"staffNumber" is the FriendlyName of urn:oid:1\.2\.3\.4/, /sent: .*, x$/)
    refuses(run, 'user_attribute', /^(?!.*secret-value)/)
    const lie = sent(attribute('urn:oid:1.2.3.4', 'mail', 'eve@corp.example'))
    refuses(() => judge(lie, asUser('mail')), 'user_attribute')
  })
  test('is refused when it names several people, or none', () => {
    refuses(
      () => judge(sent(attribute('mail', undefined, 'a', 'b')), asUser('mail')),
      'user_attribute',
      /2 values/,
    )
    refuses(() => judge(sent(attribute('mail', undefined, '')), asUser('mail')), 'user_attribute', /empty/)
    refuses(() => judge({ attributes: '' }, asUser('mail')), 'user_attribute', /sent: none/)
  })
  test('gives a detail of bounded length', () => {
    const many = sent(
      ...Array.from({ length: 500 }, (_, at) => attribute(`urn:name:${at}:${'x'.repeat(300)}`, 'f', 'v')),
    )
    refuses(() => judge(many, asUser('mail')), 'user_attribute', /^.{100,1000}$/)
  })
})

describe('short names', () => {
  test('stand for a Name, or for the OID of a name in eduPerson, inetOrgPerson and X.520', () => {
    const oid = (number: string, ...values: string[]) => attribute(`urn:oid:${number}`, undefined, ...values)
    const { attributes } = judge(
      sent(
        oid('1.3.6.1.4.1.5923.1.5.1.1', 'admins', 'staff'),
        oid('1.3.6.1.4.1.5923.1.1.1.9', 'member@corp.example'),
        oid('2.16.840.1.113730.3.1.4', 'contractor'),
        oid('2.5.4.11', 'R&amp;D'),
      ),
      {
        attributes: {
          groups: 'isMemberOf',
          affiliation: 'eduPersonScopedAffiliation',
          employeeType: 'employeeType',
          unit: 'ou',
          none: 'eduPersonAssurance',
        },
      },
    )
    assert.deepEqual(attributes.groups, ['admins', 'staff'])
    assert.deepEqual(attributes.affiliation, ['member@corp.example'])
    assert.deepEqual(attributes.employeeType, ['contractor'])
    assert.deepEqual(attributes.unit, ['R&D'])
    assert.deepEqual(attributes.none, [])
  })
  test('never reach into the prototype', () => {
    const { attributes } = judge({}, { attributes: { x: 'constructor', y: 'toString' } })
    assert.deepEqual([attributes.x, attributes.y], [[], []])
  })
})
