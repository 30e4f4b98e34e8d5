import assert from 'node:assert/strict'
import { createHash, sign, verify } from 'node:crypto'
import { SAML } from '@node-saml/node-saml'
import { createAwsIssuer, selfSigned } from '../src/saml/index.ts'
import { judgeResponse } from '../src/saml/judge/response.ts'
import { opinions } from '../src/saml/opinions/index.ts'
import { acsUrl, circumstances, keys, now, signedResponse, spEntityId } from '../test/saml/kit.ts'
import { compare, report } from './measure.ts'

const value = (text: string) =>
  '<saml:AttributeValue xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ' +
  `xsi:type="xs:string">${text}</saml:AttributeValue>`
const group = (at: number) => `aws-1111222${String(at).padStart(5, '0')}-SomeRoleOfSomeDepartment${at}`

/** S: ten attributes. M: 200 groups. L: 2,000 groups. */
const messages = {
  S: signedResponse({
    attributes: `<saml:AttributeStatement>${Array.from({ length: 10 }, (_, at) => `<saml:Attribute Name="attribute${at}">${value(group(at))}</saml:Attribute>`).join('')}</saml:AttributeStatement>`,
  }),
  M: signedResponse({ attributes: groups(200) }),
  L: signedResponse({ attributes: groups(2000) }),
}
function groups(count: number): string {
  return `<saml:AttributeStatement><saml:Attribute Name="groups">${Array.from({ length: count }, (_, at) => value(group(at))).join('')}</saml:Attribute></saml:AttributeStatement>`
}

const alone = circumstances(undefined, { opinion: undefined })
const confirmed = circumstances(undefined, { opinion: opinions['libxml2-wasm'] })
const peer = new SAML({
  idpCert: keys.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  issuer: spEntityId,
  callbackUrl: acsUrl,
  audience: spEntityId,
  acceptedClockSkewMs: -1,
  wantAssertionsSigned: true,
  wantAuthnResponseSigned: false,
})

/** The digest of as many bytes and one signature: what no verifier can do without. */
function limit(bytes: number): () => void {
  const content = Buffer.alloc(bytes, 0x61)
  const info = Buffer.alloc(700, 0x62)
  const signature = sign('sha256', info, keys.privateKey)
  return () => {
    createHash('sha256').update(content).digest()
    verify('sha256', info, keys.publicKey, signature)
  }
}

/** Verification against node-saml and against what cryptography alone costs; re-issue against bare signing. */
export async function benchSaml(): Promise<void> {
  for (const [size, message] of Object.entries(messages)) {
    const expected = judgeResponse(message, confirmed).identity.nameId
    const { profile } = await peer.validatePostResponseAsync({ SAMLResponse: message })
    assert.equal(profile?.nameID, expected)
    const bytes = Buffer.from(message, 'base64').length
    const rates = await compare({
      'node-saml': () => peer.validatePostResponseAsync({ SAMLResponse: message }),
      alone: () => judgeResponse(message, alone),
      confirmed: () => judgeResponse(message, confirmed),
      limit: limit(bytes),
    })
    const [ours, both, bare] = [rates.alone, rates.confirmed, rates.limit]
    if (!ours || !both || !bare) throw new Error('not measured')
    const targets = { S: '≥ 60×', M: '≥ 45×', L: '≥ 28×' }[size] ?? ''
    const kilobytes = `${Math.round(bytes / 1024)} KB`
    report(`verify ${size} (${kilobytes}) against node-saml`, ours.ratio, targets, ours.perSecond)
    report(
      `verify ${size} with second opinion against node-saml`,
      both.ratio,
      size === 'S' ? '≥ 10×' : '–',
      both.perSecond,
    )
    report(
      `verify ${size}, share of hash and RSA alone`,
      ours.perSecond / bare.perSecond,
      size === 'S' ? '≥ 0.25×' : '–',
    )
  }
  await refuseLarge()
  await reissue()
}

async function refuseLarge(): Promise<void> {
  const xml = Buffer.from(messages.L, 'base64').toString('utf8')
  const bad = Buffer.from(
    xml.replace(/(<ds:SignatureValue>)(.)/, (_, tag, char) => tag + (char === 'A' ? 'B' : 'A')),
  ).toString('base64')
  const refuse = () => {
    try {
      judgeResponse(bad, confirmed)
    } catch {
      return
    }
    throw new Error('accepted a bad signature')
  }
  const { refused } = await compare({ refused: refuse })
  const milliseconds = 1000 / (refused?.perSecond ?? Number.NaN)
  console.log(
    `refuse a bad ${Math.round(xml.length / 1024)} KB response${' '.repeat(31)} ${milliseconds.toFixed(2)} ms  (target < 5 ms)`,
  )
}

async function reissue(): Promise<void> {
  const pair = await selfSigned({ commonName: 'aws', days: 30, now })
  const issuer = createAwsIssuer({
    entityId: 'https://aws.corp.example/aws/metadata.xml',
    ...pair,
    recipient: 'https://signin.aws.amazon.com/saml',
    audience: 'urn:amazon:webservices',
    signOnUrl: 'https://aws.corp.example/login',
    clock: () => now,
    random: (bytes) => Buffer.alloc(bytes, 7),
  })
  const assertion = {
    roleArn: 'arn:aws:iam::111122223333:role/Admin',
    providerArn: 'arn:aws:iam::111122223333:saml-provider/rolebridge',
    roleSessionName: 'alice@corp.example',
    nameId: 'alice@corp.example',
    duration: 3600,
    tags: { Team: 'Platform' },
    transitiveTags: ['Team'],
    sourceIdentity: 'alice@corp.example',
    authnInstant: now,
  }
  const info = Buffer.alloc(700, 0x62)
  const rates = await compare({
    bare: () => sign('sha256', info, keys.privateKey),
    reissue: () => issuer.issue(assertion),
  })
  report(
    're-issue, share of bare RSA-2048 signing',
    rates.reissue?.ratio ?? Number.NaN,
    '≥ 0.90×',
    rates.reissue?.perSecond,
  )
}
