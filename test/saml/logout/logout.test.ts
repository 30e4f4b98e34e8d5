import assert from 'node:assert/strict'
import { createPublicKey, sign } from 'node:crypto'
import { describe, test } from 'node:test'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { Refusal } from '../../../src/core/index.ts'
import { selfSigned } from '../../../src/saml/keys/keys.ts'
import { judgeLogout } from '../../../src/saml/logout/logout.ts'
import { logoutRequest, logoutResponse } from '../../../src/saml/logout/logout-message.ts'
import { redirectUrl } from '../../../src/saml/logout/redirect-binding.ts'
import { at, circumstances, idpEntityId, now, otherKeys, trustedProvider } from '../kit.ts'

// Here the identity provider speaks with our own signer; xml-crypto and libxml2 check that signer in other tests.

const sloUrl = 'https://aws.corp.example/saml/slo'
const signing = await selfSigned({ commonName: 'idp', days: 365, now })
const where = { ...circumstances(trustedProvider({ keys: [createPublicKey(signing.cert)] })), sloUrl }
const envelope = { id: '_logout', now: now - 5000, entityId: idpEntityId, location: sloUrl, signing }
const subject = { nameId: 'alice@corp.example', sessionIndex: '_session' }

const query = (url: string) => url.slice(url.indexOf('?') + 1)
const byRedirect = (url: string, at = where) => judgeLogout({ binding: 'redirect', query: query(url) }, at)
const refuses = (run: () => unknown, code: string) =>
  assert.throws(run, (error) => {
    assert.ok(error instanceof Refusal, String(error))
    assert.equal(error.code, code, error.detail)
    return true
  })

function link(change: Partial<typeof envelope> = {}): string {
  const made = logoutRequest({ ...envelope, ...change, binding: 'redirect', relayState: 'back' }, subject)
  return made.url
}

describe('logout messages', () => {
  test('a request by redirect names the person and the session', () => {
    const logout = byRedirect(link())
    assert.ok(logout.kind === 'request')
    assert.deepEqual(
      [logout.nameId, logout.sessionIndexes, logout.id, logout.relayState],
      ['alice@corp.example', ['_session'], '_logout', 'back'],
    )
  })

  test('a request by POST is signed over its root', () => {
    const made = logoutRequest({ ...envelope, binding: 'post' }, subject)
    assert.ok(made.binding === 'post')
    const arrival = { binding: 'post', kind: 'SAMLRequest', message: made.fields.SAMLRequest ?? '' } as const
    assert.equal(judgeLogout(arrival, where).kind, 'request')
    const xml = Buffer.from(arrival.message, 'base64').toString('utf8')
    const post = (text: string) =>
      judgeLogout({ ...arrival, message: Buffer.from(text).toString('base64') }, where)
    refuses(() => post(xml.replace('alice@', 'admin@')), 'signature_invalid')
    refuses(() => post(xml.replace(/<ds:Signature.*<\/ds:Signature>/s, '')), 'signature_missing')
  })

  test('a response answers a request', () => {
    const made = logoutResponse({ ...envelope, binding: 'redirect' }, '_ours')
    const logout = byRedirect(made.url)
    assert.ok(logout.kind === 'response')
    assert.equal(logout.inResponseTo, '_ours')
  })

  test('refuses a query string that was changed, reordered, repeated or not signed', () => {
    const fields = query(link()).split('&')
    const judge = (text: string) => judgeLogout({ binding: 'redirect', query: text }, where)
    refuses(
      () => judge(fields.filter((field) => !field.startsWith('Signature=')).join('&')),
      'signature_missing',
    )
    refuses(() => judge([...fields, 'RelayState=else'].join('&')), 'malformed_message')
    refuses(
      () => judge(fields.map((field) => field.replace('RelayState=back', 'RelayState=else')).join('&')),
      'signature_invalid',
    )
    refuses(
      () => judge(fields.filter((field) => !field.startsWith('RelayState=')).join('&')),
      'signature_invalid',
    )
    refuses(() => judge(fields.join('&').replace('rsa-sha256', 'hmac-sha256')), 'signature_algorithm')
    refuses(
      () => judge(fields.join('&').replace('xmldsig-more%23rsa-sha256', 'xmldsig%23rsa-sha1')),
      'signature_algorithm',
    )
    assert.equal(judge([...fields].reverse().join('&')).kind, 'request')
  })

  test('refuses a message that belongs elsewhere, to another time or to somebody else', () => {
    refuses(() => byRedirect(link({ location: 'https://other.example/slo' })), 'destination_mismatch')
    refuses(() => byRedirect(link({ now: now - 7 * 60_000 })), 'expired')
    refuses(() => byRedirect(link({ now: now + 5 * 60_000 })), 'not_yet_valid')
    refuses(() => byRedirect(link({ entityId: 'https://evil.example' })), 'unknown_issuer')
    refuses(
      () =>
        byRedirect(link(), {
          ...where,
          findProvider: () => trustedProvider({ keys: [otherKeys.publicKey] }),
        }),
      'signature_invalid',
    )
  })

  /** The plain request with one change, signed by its sender all the same. */
  function changed(from: string | RegExp, to: string, kind: 'SAMLRequest' | 'SAMLResponse' = 'SAMLRequest') {
    const sent = new URLSearchParams(query(link())).get('SAMLRequest') ?? ''
    const xml = inflateRawSync(Buffer.from(sent, 'base64')).toString('utf8')
    const other = xml.replace(from, to)
    assert.notEqual(other, xml)
    return () => byRedirect(redirectUrl(sloUrl, kind, other, 'back', signing.key))
  }
  for (const [what, from, to] of [
    ['another root', /LogoutRequest/g, 'ManageNameIDRequest'],
    ['another version', 'Version="2.0"', 'Version="1.1"'],
    ['an ID that is none', 'ID="_logout"', 'ID="-"'],
    ['stray text', /(<saml:Issuer)/, 'x$1'],
    ['two Issuers', /(<saml:Issuer.*?<\/saml:Issuer>)/, '$1$1'],
    ['nobody', /<saml:NameID.*<\/saml:NameID>/, ''],
    ['two people', /(<saml:NameID.*<\/saml:NameID>)/, '$1$1'],
    [
      'somebody in secret',
      /<saml:NameID.*<\/saml:NameID>/,
      '<saml:EncryptedID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"/>',
    ],
  ] as const) {
    test(`refuses a signed request with ${what}`, () => refuses(changed(from, to), 'unexpected_structure'))
  }
  test('refuses a signed request that says it is over', () => {
    const until = (seconds: number) => changed('Version=', `NotOnOrAfter="${at(seconds)}" Version=`)
    refuses(until(-61), 'expired')
    assert.equal(until(-59)().kind, 'request')
  })

  /** The plain request, signed over the query with this algorithm. */
  function signedBy(algorithm: string, hash: string, more = ''): () => unknown {
    const [message = ''] = query(link()).split('&')
    const octets = `${message}&SigAlg=${encodeURIComponent(algorithm)}`
    const value = sign(hash, Buffer.from(octets), signing.key).toString('base64')
    return () =>
      judgeLogout(
        { binding: 'redirect', query: `${octets}&Signature=${encodeURIComponent(value)}${more}` },
        where,
      )
  }
  test('refuses SHA-1 although the signature is right', () => {
    refuses(signedBy('http://www.w3.org/2000/09/xmldsig#rsa-sha1', 'sha1'), 'signature_algorithm')
    assert.ok(signedBy('http://www.w3.org/2001/04/xmldsig-more#rsa-sha512', 'sha512')())
  })
  test('refuses a query that holds a request and a response', () => {
    const rsa = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'
    refuses(signedBy(rsa, 'sha256', '&SAMLResponse=x'), 'malformed_message')
  })

  test('inflates no bomb', () => {
    // White space after the root means nothing, so that size alone is the fault.
    refuses(changed(/$/, ' '.repeat(where.maxMessageBytes)), 'malformed_message')
    const bomb = deflateRawSync(Buffer.alloc(50_000_000, 0x20)).toString('base64')
    refuses(
      () => judgeLogout({ binding: 'redirect', query: `SAMLRequest=${encodeURIComponent(bomb)}` }, where),
      'malformed_message',
    )
  })
})
