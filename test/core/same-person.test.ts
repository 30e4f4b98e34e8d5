import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Identity, isSamePerson, partyOf } from '../../src/core/index.ts'

const somebody = (user: string, more: Partial<Identity> = {}) =>
  partyOf({
    provider: 'okta',
    protocol: 'saml',
    issuer: 'https://okta.example',
    user,
    nameId: user,
    attributes: {},
    authnInstant: 0,
    mfa: false,
    ...more,
  })

test('one person is known again by another provider, another name of theirs, and any spelling', () => {
  const alice = somebody('alice@corp.example')
  for (const same of [
    somebody('alice@corp.example', { provider: 'entra', issuer: 'https://entra.example', nameId: 'x-1' }),
    somebody('u-4711', { attributes: { email: ['Alice@corp.example'] } }),
    somebody('u-4711', {
      attributes: { 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress': ['ALICE@x'] },
    }),
    somebody('u-4711', { nameId: 'alice' }),
    somebody('CORP\\Alice'),
    somebody(' alice '),
    somebody('ａｌｉｃｅ'),
    somebody('al\u200bice'),
    somebody('alice+aws@other.example'),
    somebody('alice_corp.example#EXT#@tenant.example'),
    somebody('alice+aws_corp.example#EXT#@tenant.example'),
    somebody('bob', { attributes: { upn: ['alice_corp.example#EXT#@tenant.example'] } }),
  ])
    assert.ok(isSamePerson(alice, same), JSON.stringify(same))
})

test('one person is known again by each attribute in which providers say how they are called', () => {
  const alice = somebody('alice@corp.example')
  for (const name of [
    'preferred_username',
    'unique_name',
    'mail',
    'sAMAccountName',
    'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name',
    'http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsaccountname',
    'urn:oid:0.9.2342.19200300.100.1.1',
    'urn:oid:0.9.2342.19200300.100.1.3',
    'urn:oid:1.3.6.1.4.1.5923.1.1.1.6',
    'urn:oid:1.2.840.113556.1.4.221',
    'urn:oid:1.2.840.113556.1.4.656',
  ])
    assert.ok(isSamePerson(alice, somebody('u-4711', { attributes: { [name]: ['Alice'] } })), name)
})

test('two people are two', () => {
  const alice = somebody('alice@corp.example')
  assert.ok(!isSamePerson(alice, somebody('alicia@corp.example')))
  assert.ok(!isSamePerson(alice, somebody('+alice@corp.example')))
  assert.ok(!isSamePerson(somebody('alice_smith@corp.example'), alice))
  assert.ok(!isSamePerson(alice, somebody('bob', { attributes: { department: ['alice'] } })))
  const transient = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient'
  assert.ok(!isSamePerson(alice, somebody('bob', { nameId: 'alice', nameIdFormat: transient })))
  assert.ok(!isSamePerson(somebody(''), somebody('', { nameId: 'x' })))
})
