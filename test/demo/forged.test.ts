import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { base64, responseXml, signXml } from './assertion.ts'
import { type AwsWorld, awsWorld } from './aws-world.ts'

/** Everything here starts from a response that is accepted, and holds a genuine signature. */
let world: AwsWorld
let genuine: string
before(async () => {
  world = await awsWorld()
  genuine = signXml(responseXml({ now: world.now }), world.keys)
  assert.equal((await world.assume({ SAMLAssertion: base64(genuine) })).status, 200)
})
after(() => world.close())

const assertionOf = (xml: string) => /<saml:Assertion[\s\S]*<\/saml:Assertion>/.exec(xml)?.[0] ?? ''
const signatureOf = (xml: string) => /<ds:Signature[\s\S]*<\/ds:Signature>/.exec(xml)?.[0] ?? ''
const evil = (assertion: string) =>
  assertion
    .replace(signatureOf(assertion), '')
    .replace('>alice<', '>mallory<')
    .replace(/ID="_\w+"/, 'ID="_evil"')
/** libxml2 wants the prefix declared where a fragment is moved. */
const freestanding = (assertion: string) =>
  assertion.replace('<saml:Assertion', '<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"')

async function refused(xml: string) {
  const answer = await world.assume({ SAMLAssertion: base64(xml) })
  assert.equal(answer.read('Code'), 'InvalidIdentityToken', answer.xml)
  assert.equal(answer.read('Message'), 'Response signature invalid')
}

describe('The local STS refuses a forged response', () => {
  it('with a second assertion before or after the signed one', async () => {
    const real = assertionOf(genuine)
    await refused(genuine.replace(real, evil(real) + real))
    await refused(genuine.replace(real, real + evil(real)))
  })
  it('with the signed assertion wrapped into the forged one', async () => {
    const real = assertionOf(genuine)
    await refused(
      genuine.replace(
        real,
        evil(real).replace('</saml:Assertion>', `<saml:Advice>${real}</saml:Advice></saml:Assertion>`),
      ),
    )
  })
  it('with the signed assertion inside the Object of a signature on the forged one', async () => {
    const real = assertionOf(genuine)
    const unsigned = real.replace(signatureOf(real), '')
    const signature = signatureOf(real).replace(
      '</ds:Signature>',
      `<ds:Object>${freestanding(unsigned)}</ds:Object></ds:Signature>`,
    )
    await refused(genuine.replace(real, evil(real).replace('</saml:Issuer>', `</saml:Issuer>${signature}`)))
  })
  it('with the signed assertion in Extensions and the signature moved to the Response', async () => {
    const real = assertionOf(genuine)
    const signature = signatureOf(real)
    const moved = real.replace(signature, '')
    await refused(
      genuine
        .replace(real, evil(real))
        .replace('</saml:Issuer>', `</saml:Issuer>${signature}<samlp:Extensions>${moved}</samlp:Extensions>`),
    )
  })
  it('with a decoy of the name Assertion in another namespace', async () => {
    const real = assertionOf(genuine)
    await refused(genuine.replace(real, `<x:Assertion xmlns:x="urn:x"/>${real}`))
  })
  it('with a genuine signature over the assertion and a bad one over the response', async () => {
    const both = signXml(genuine, world.keys, { what: 'Response' })
    assert.equal((await world.assume({ SAMLAssertion: base64(both) })).status, 200)
    await refused(both.replace('Destination="https://signin', 'Destination="https://elsewhere'))
  })
  it('with two elements of the same ID', async () => {
    const id = /<saml:Assertion ID="(_\w+)"/.exec(genuine)?.[1]
    await refused(genuine.replace('<samlp:Status>', `<samlp:Status ID="${id}">`))
  })
  it('with a second SignedInfo or algorithm inside the signature', async () => {
    const info = /<ds:SignedInfo>[\s\S]*<\/ds:SignedInfo>/.exec(genuine)?.[0] ?? ''
    await refused(
      genuine
        .replace('<ds:KeyInfo>', `<ds:KeyInfo>${info}`)
        .replace('<ds:SignedInfo>', `${info}<ds:SignedInfo>`),
    )
    await refused(genuine.replace('</ds:SignedInfo>', '<ds:SignatureMethod Algorithm="x"/></ds:SignedInfo>'))
  })
  it('with a DOCTYPE, a comment, a CDATA section or a processing instruction', async () => {
    await refused(`<!DOCTYPE x [<!ENTITY e "mallory">]>${genuine}`)
    await refused(genuine.replace('>alice<', '>al<!-- -->ice<'))
    await refused(genuine.replace('>alice<', '><![CDATA[alice]]><'))
    await refused(genuine.replace('>alice<', '>al<?x?>ice<'))
  })
  it('that is ill-formed', async () => {
    await refused(genuine.replace('</samlp:Response>', ''))
    await refused(`${genuine}<more/>`)
    await refused('none of this is XML')
  })
})
