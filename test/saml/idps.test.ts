import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Refusal } from '../../src/core/index.ts'
import { type IdpKindName, idpKindNames } from '../../src/saml/idps/index.ts'
import { judgeResponse } from '../../src/saml/judge/response.ts'
import { identityProviderOptions } from '../../src/saml/options.ts'
import { toTrusted, wordsOf } from '../../src/saml/sign-in/providers.ts'
import { encryptAssertion } from './judge/encryptor.ts'
import {
  acsUrl,
  at,
  circumstances,
  decryptionKeys,
  encode,
  idpEntityId,
  keys,
  sign,
  spEntityId,
} from './kit.ts'

// Each file is shaped like what that identity provider sends: its prefixes, order, IDs, attributes and times.

function fixture(kind: string): string {
  const text = readFileSync(join(import.meta.dirname, 'idps', `${kind}.xml`), 'utf8').trim()
  const names: Record<string, string> = { acs: acsUrl, sp: spEntityId, idp: idpEntityId }
  return text.replace(/\{\{([^}]+)\}\}/g, (_, name: string) => names[name] ?? at(Number(name)))
}

function judge(kind: IdpKindName, xml: string, change: Record<string, unknown> = {}) {
  const options = identityProviderOptions.parse({ kind, metadata: 'x', ...change })
  return judgeResponse(encode(xml), circumstances(toTrusted(kind, options, idpEntityId, [keys.publicKey])))
}

/** What each signs by default. */
const signs: Record<Exclude<IdpKindName, 'generic'>, ('Assertion' | 'Response')[]> = {
  okta: ['Assertion', 'Response'],
  adfs: ['Assertion'],
  entra: ['Assertion'],
  keycloak: ['Response'],
  google: ['Assertion'],
  ping: ['Assertion'],
  shibboleth: ['Response'],
}
const withSecondFactor = new Set(['adfs', 'entra', 'shibboleth'])

describe('identity providers as they are', () => {
  for (const kind of idpKindNames.filter((name) => name !== 'generic')) {
    test(`${kind}: person, groups and second factor are read under their short names`, () => {
      let xml = fixture(kind)
      for (const local of signs[kind]) xml = sign(xml, local, { inclusive: kind === 'okta' ? ['xs'] : [] })
      // PingFederate sends no KeyInfo.
      if (kind === 'ping') xml = xml.replace(/<ds:KeyInfo>.*?<\/ds:KeyInfo>/s, '')
      const { identity, signed } = judge(kind, xml)
      assert.equal(identity.user, 'alice@corp.example')
      assert.equal(identity.attributes.groups?.[0], 'aws-111122223333-Admin')
      assert.equal(identity.mfa, withSecondFactor.has(kind))
      assert.deepEqual([...signed].sort(), signs[kind])
    })
  }

  for (const [kind, counts, doesNot] of [
    [
      'okta',
      ['urn:okta:loa:2fa:any', 'phr', 'phrh'],
      ['urn:okta:loa:2fa:any:ifpossible', 'urn:okta:loa:1fa:any'],
    ],
    [
      'adfs',
      ['http://schemas.microsoft.com/claims/multipleauthn'],
      [
        'http://schemas.microsoft.com/ws/2012/12/authmethod/otp',
        'http://schemas.microsoft.com/ws/2012/12/authmethod/phoneappnotification',
        'http://schemas.microsoft.com/claims/wiaormultiauthn',
      ],
    ],
    [
      'generic',
      ['https://refeds.org/profile/mfa', 'urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract'],
      [
        'urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken',
        'urn:oasis:names:tc:SAML:2.0:ac:classes:MobileOneFactorContract',
        'urn:okta:loa:2fa:any:ifpossible',
      ],
    ],
  ] as const) {
    test(`${kind}: a second factor is what its own documents call one, and "if possible" is none`, () => {
      const fixed = fixture(kind === 'generic' ? 'okta' : kind)
      const withContext = (context: string) => {
        const xml = fixed
          .replace(/(AuthnContextClassRef>)[^<]+/, `$1${context}`)
          .replace(
            'http://schemas.microsoft.com/claims/multipleauthn</AttributeValue>',
            `${context}</AttributeValue>`,
          )
        return judge(kind, sign(xml, 'Assertion')).identity.mfa
      }
      for (const context of counts) assert.equal(withContext(context), true, context)
      for (const context of doesNot) assert.equal(withContext(context), false, context)
    })
  }

  test('a second factor that only an attribute tells of counts by the name and values that kind or configuration give', () => {
    const withMethods = (name: string, ...values: string[]) => {
      const all = values.map((one) => `<saml2:AttributeValue>${one}</saml2:AttributeValue>`).join('')
      const told = `<saml2:Attribute Name="${name}">${all}</saml2:Attribute></saml2:AttributeStatement>`
      return sign(fixture('okta').replace('</saml2:AttributeStatement>', told), 'Assertion')
    }
    const mfa = (kind: IdpKindName, xml: string, change = {}) => judge(kind, xml, change).identity.mfa
    assert.equal(mfa('okta', withMethods('amr', 'pwd', 'mfa', 'swk')), true)
    assert.equal(mfa('okta', withMethods('amr', 'pwd')), false)
    assert.equal(mfa('okta', withMethods('other', 'mfa')), false)
    assert.equal(mfa('generic', withMethods('amr', 'mfa')), false)
    const mfaAttribute = { name: 'factors', values: ['2', '3'] }
    assert.equal(mfa('generic', withMethods('factors', '2'), { mfaAttribute }), true)
    assert.equal(mfa('generic', withMethods('factors', '1'), { mfaAttribute }), false)
    assert.equal(mfa('okta', withMethods('amr', 'mfa'), { mfaAttribute }), false)
  })

  test('each is asked for a second factor in its own words, or not at all', () => {
    const asks = (kind: IdpKindName, change = {}) =>
      wordsOf(identityProviderOptions.parse({ kind, metadata: 'x', ...change }))
    assert.deepEqual(asks('okta').asks, ['urn:okta:loa:2fa:any'])
    // A value of session.amr is no context that could be asked for.
    assert.deepEqual(asks('okta', { mfaContexts: ['mfa'] }).asks, ['urn:okta:loa:2fa:any'])
    assert.deepEqual(asks('okta', { mfaContexts: ['phr'] }).asks, ['phr'])
    assert.deepEqual(asks('shibboleth').asks, ['https://refeds.org/profile/mfa'])
    assert.deepEqual(asks('adfs').asks, ['http://schemas.microsoft.com/claims/multipleauthn'])
    assert.deepEqual([asks('entra').asks, asks('entra').saysMfa], [[], true])
    assert.deepEqual([asks('google').asks, asks('google').saysMfa], [[], false])
    assert.deepEqual(asks('keycloak', { mfaContexts: ['urn:corp:gold'] }).asks, ['urn:corp:gold'])
    assert.deepEqual(asks('shibboleth', { authnContext: ['urn:corp:only'] }).asks, [])
  })

  test('keycloak: one Attribute element for each role is one list', () => {
    const { identity } = judge('keycloak', sign(fixture('keycloak'), 'Response'))
    assert.deepEqual(identity.attributes.roles, ['offline_access', 'aws-users'])
  })

  test('adfs: groups come as names and as SIDs', () => {
    const { identity } = judge('adfs', sign(fixture('adfs'), 'Assertion'))
    assert.deepEqual(identity.attributes.groupSids, ['S-1-5-21-3623811015-3361044348-30300820-1013'])
  })

  test('adfs: an assertion encrypted with AES-CBC needs the configured exception', () => {
    const xml = fixture('adfs')
    const [plain = ''] = /<Assertion .*<\/Assertion>/s.exec(xml) ?? []
    const sealed = encryptAssertion(sign(plain, 'Assertion'), decryptionKeys.publicKey, {
      cipher: 'aes256-cbc',
    })
    assert.throws(() => judge('adfs', xml.replace(plain, sealed)), /AES-CBC/)
    assert.equal(
      judge('adfs', xml.replace(plain, sealed), { allowCbc: true }).identity.user,
      'alice@corp.example',
    )
  })

  test('shibboleth: Response signed, assertion encrypted', () => {
    const xml = fixture('shibboleth')
    const [plain = ''] = /<saml2:Assertion .*<\/saml2:Assertion>/s.exec(xml) ?? []
    const sealed = encryptAssertion(plain, decryptionKeys.publicKey, { cipher: 'aes128-gcm' })
    const { identity } = judge('shibboleth', sign(xml.replace(plain, sealed), 'Response'))
    assert.equal(identity.user, 'alice@corp.example')
    assert.equal(identity.nameId, 'AAdzZWNyZXQx8fS3')
  })

  test('entra: more groups than fit are refused with what to do about it', () => {
    const link =
      '<Attribute Name="http://schemas.microsoft.com/claims/groups.link"><AttributeValue>https://graph.microsoft.com/x</AttributeValue></Attribute>'
    const xml = fixture('entra').replace('<AttributeStatement>', `<AttributeStatement>${link}`)
    assert.throws(
      () => judge('entra', sign(xml, 'Assertion')),
      (error) =>
        error instanceof Refusal &&
        error.code === 'attribute_overage' &&
        /assigned to the application/.test(error.detail),
    )
  })

  test('a kind has names and defaults only: no option of a kind can relax a check', () => {
    for (const kind of idpKindNames) {
      const relaxed = identityProviderOptions.parse({ kind, metadata: 'x' })
      const { allowSha1, allowCbc, allowUnsolicited } = toTrusted(kind, relaxed, idpEntityId, [])
      assert.deepEqual([allowSha1, allowCbc, allowUnsolicited], [false, false, false])
    }
  })
})
