import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { formatFault, parseConfig, readConfig } from '../../src/config.ts'
import { selfSigned } from '../../src/demo/index.ts'
import { certify, der } from '../../src/saml/index.ts'
import { makeFolder } from './folder.ts'
import { said } from './said.ts'

const now = Date.UTC(2026, 5, 1)
const pair = await selfSigned({ commonName: 'aws', days: 365, now })

/** A certificate of this key for hosts of a name. */
function certificate(
  { publicKey, privateKey }: ReturnType<typeof generateKeyPairSync>,
  host: string,
): string {
  const names = der.sequence(Buffer.concat([Buffer.from([0x82, host.length]), Buffer.from(host)]))
  const extensions = [der.sequence(der.oid('2.5.29.17'), der.octets(names))]
  return certify({ subject: 'x', issuer: 'x', publicKey, signingKey: privateKey, days: 365, now, extensions })
}
const tls = generateKeyPairSync('rsa', { modulusLength: 2048 }) as never
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }) as never
const metadata = `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"
 xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="https://idp.example">
<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing">
<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${certificate(weak, 'idp.example').replace(/-----[A-Z ]+-----|\s/g, '')}
</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor></IDPSSODescriptor></EntityDescriptor>`

const folder = makeFolder({
  'aws.pem': pair.key,
  'aws.crt': pair.cert,
  'tls.pem': (tls as { privateKey: import('node:crypto').KeyObject }).privateKey
    .export({ type: 'pkcs8', format: 'pem' })
    .toString(),
  'own.crt': certificate(tls, 'aws.corp.example'),
  'other.crt': certificate(tls, 'www.corp.example'),
  'weak.xml': metadata,
  'sp.xml': metadata.replaceAll('IDPSSODescriptor', 'SPSSODescriptor'),
})

const text = (
  grant: string,
  more = '',
  provider = 'https://idp.example/metadata',
) => `baseUrl: https://aws.corp.example
trustProxy: 1
secret: a secret of more than thirty-two characters
identityProviders:
  corp: { metadata: '${provider}', attributes: { groups: groups } }
aws: { region: eu-west-1, signingKey: aws.pem, signingCert: aws.crt }
${more}
rules:
  - id: r
    match: { groups: '^aws-(?<role>\\w+)$' }
    grant: ${grant}
`
const plain = "{ role: 'arn:aws:iam::111122223333:role/Admin' }"
const faults = (...args: Parameters<typeof text>) =>
  readConfig(text(...args), { env: {}, baseDir: folder, now })
    .faults.map((one) => formatFault('c.yaml', one))
    .join('\n')
const warnings = (...args: Parameters<typeof text>) =>
  said(parseConfig(text(...args), { env: {}, baseDir: folder }), now).warnings.join('\n')

test('a role with a wildcard is a fault, whole or beside variables: the bridge cannot ask which roles there are', () => {
  for (const role of ['Admin*', '*', '${role}-*', 'team/?/${role}']) {
    const found = faults(`{ role: 'arn:aws:iam::111122223333:role/${role}' }`)
    assert.equal(
      found,
      `c.yaml:11:20 rules[0].grant.role: takes no wildcard: the bridge cannot ask AWS which roles there are; name each`,
    )
  }
  assert.equal(faults("{ role: 'arn:aws:iam::111122223333:role/team/${role}' }"), '')
})

test('a session policy that is too long with its pins is a fault, before anybody asks for the role', () => {
  const policy = (length: number) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: '*', Resource: `arn:aws:s3:::${'x'.repeat(length)}` }],
    })
  const grant = (length: number, pin: string) =>
    `{ role: 'arn:aws:iam::111122223333:role/Admin', policy: '${policy(length)}'${pin} }`
  assert.equal(faults(grant(1850, '')), '')
  assert.equal(faults(grant(1200, ', pinToSourceIp: true')), '')
  assert.match(
    faults(grant(1850, ', pinToSourceIp: true')),
    /^c\.yaml:11:\d+ rules\[0\]\.grant\.pinToSourceIp: makes a session policy of 2\d\d\d characters, and AWS takes 2048; shorten the policy$/,
  )
})

test('metadata whose keys nobody accepts, or of a service provider, is a fault', () => {
  assert.match(
    faults(plain, '', 'weak.xml'),
    /corp\.metadata: .*the signing key .* is rsa 1024; RSA of at least 2048 bits, P-256 or P-384 is needed/,
  )
  assert.match(faults(plain, '', 'sp.xml'), /corp\.metadata: .*holds no identity provider/)
})

test('a certificate of TLS for another host is worth a second look', () => {
  const served = (cert: string) => warnings(plain, `tls: { key: tls.pem, cert: ${cert} }`)
  assert.equal(served('own.crt'), '')
  assert.match(
    served('other.crt'),
    /^tls\.cert: is for DNS:www\.corp\.example, and people ask for aws\.corp\.example/,
  )
})

test('certificates that end are named by their place', () => {
  const late = said(parseConfig(text(plain), { env: {}, baseDir: folder }), now + 360 * 86_400_000).warnings
  assert.deepEqual(late, ['aws.signingCert: its certificate expires on 2027-06-01, in 5 days'])
})
