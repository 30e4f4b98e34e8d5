import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { formatFault, readConfig } from '../../src/config.ts'
import { selfSigned } from '../../src/demo/index.ts'
import { makeFolder } from './folder.ts'

const aws = await selfSigned({ commonName: 'aws', days: 1, now: Date.UTC(2026, 0) })
const pem = (key: ReturnType<typeof generateKeyPairSync>['privateKey'] | import('node:crypto').KeyObject) =>
  key.export({ type: 'pkcs8', format: 'pem' }).toString()
const folder = makeFolder({
  'aws.pem': aws.key,
  'aws.crt': aws.cert,
  'secret.txt': 'a secret in a file\n',
  'open.txt': 'a secret that everybody reads\n',
  'short.txt': 'x\n',
  'p256.pem': pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
  'p384.pem': pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey),
})
chmodSync(join(folder, 'open.txt'), 0o644)
const env = { ROLEBRIDGE_SECRET: 'a secret of more than thirty-two characters', OIDC_SECRET: 'client secret' }

const reissue = '{ region: eu-west-1, signingKey: aws.pem, signingCert: aws.crt }'
const read = (provider: string, federation = reissue, exposure?: string) =>
  readConfig(
    `baseUrl: https://aws.corp.example
trustProxy: 1
secret: \${ROLEBRIDGE_SECRET}
identityProviders:
  corp: ${provider}
aws: ${federation}
rules:
  - { id: one, match: { groups: '^one$' }, grant: { role: 'arn:aws:iam::111122223333:role/One' } }
`,
    { env, baseDir: folder, ...(exposure !== undefined && { exposure }) },
  )
const faults = (...asked: Parameters<typeof read>) =>
  read(...asked)
    .faults.map((fault) => formatFault('F', fault))
    .join('\n')

const sound = 'kind: oidc, issuer: https://id.corp.example, clientId: bridge, clientSecret: "${OIDC_SECRET}"'

test('tells OpenID providers and SAML providers apart', () => {
  const { config, faults } = read(
    `{ ${sound} }\n  other: { kind: okta, metadata: https://corp.okta.com/metadata }`,
  )
  assert.deepEqual(faults, [])
  assert.deepEqual(Object.keys(config?.providers.openId ?? {}), ['corp'])
  assert.deepEqual(Object.keys(config?.providers.saml ?? {}), ['other'])
  assert.deepEqual(Object.keys(config?.identityProviders ?? {}), ['corp', 'other'])
})

test('a provider without kind speaks SAML, as ever', () => {
  assert.equal(
    read('{ metadata: https://corp.okta.com/metadata }').config?.providers.saml.corp?.kind,
    'generic',
  )
})

test('a key of SAML at an OpenID provider is a fault that names the right ones', () => {
  const found = faults(`{ ${sound}, metadata: https://id.corp.example/metadata }`)
  assert.match(
    found,
    /F:5:\d+ identityProviders\.corp\.metadata: has no place with this kind; it belongs to kind: generic or okta/,
  )
  assert.match(found, /known here: label, issuer, clientId/)
})

test('a key of OpenID at a SAML provider is a fault that names the right ones', () => {
  for (const kind of ['', 'kind: okta, ']) {
    const found = faults(`{ ${kind}metadata: https://corp.okta.com/metadata, clientId: bridge }`)
    assert.match(
      found,
      /corp\.clientId: has no place with this kind; it belongs to kind: oidc; known here: label, metadata/,
    )
  }
})

test('an unknown kind is a fault that names them all', () => {
  assert.match(
    faults('{ kind: oicd, issuer: https://id.corp.example }'),
    /corp\.kind: must be one of .*okta.*oidc.*did you mean "oidc"/,
  )
})

test('an issuer is https, without query, and not the address of its document', () => {
  const issuer = (text: string) =>
    faults(`{ kind: oidc, clientId: b, clientSecret: "\${OIDC_SECRET}", issuer: '${text}' }`)
  assert.match(issuer('http://id.corp.example'), /corp\.issuer: must be https/)
  assert.match(issuer('id.corp.example'), /corp\.issuer: is no URL/)
  assert.match(issuer('https://id.corp.example/?a=b'), /without query/)
  assert.match(issuer('https://a:b@id.corp.example'), /must not hold a password/)
  assert.match(issuer('https://id.corp.example/.well-known/openid-configuration'), /what stands before/)
  assert.equal(issuer('http://localhost:8081/oidc'), '')
})

test('passthrough has no SAML response of an OpenID provider to hand on, and says so', () => {
  assert.match(
    faults(`{ ${sound} }`, '{ region: eu-west-1, federation: passthrough }'),
    /F:5:\d+ identityProviders\.corp\.kind: needs aws\.federation: reissue/,
  )
})

const provider = (proof: string) =>
  `{ kind: oidc, issuer: https://id.corp.example, clientId: bridge${proof} }`
const proofOf = (proof: string) => read(provider(proof)).config?.keys.openId.corp

test('a client proves itself by one of three, and says which are missing or too many', () => {
  assert.equal(proofOf(', clientSecret: "${OIDC_SECRET}"')?.secret, 'client secret')
  assert.equal(proofOf(', clientSecretFile: secret.txt')?.secret, 'a secret in a file')
  assert.equal(proofOf(', clientKey: p256.pem, clientKeyId: mine')?.key?.asymmetricKeyType, 'ec')
  assert.match(
    faults(provider('')),
    /corp\.clientId: has no proof beside it: one of clientSecret, clientSecretFile, clientKey/,
  )
  assert.match(
    faults(provider(', clientSecretFile: secret.txt, clientKey: aws.pem')),
    /corp\.clientKey: stands beside clientSecretFile/,
  )
  assert.match(
    faults(provider(', clientSecretFile: secret.txt, clientKeyId: a')),
    /clientKeyId: has no clientKey/,
  )
})

test('secrets are kept from others: in their file, and in the configuration', () => {
  assert.match(faults(provider(', clientSecretFile: open.txt')), /clientSecretFile: .*everybody may read/)
  assert.match(faults(provider(', clientSecretFile: short.txt')), /no secret of at least 8/)
  assert.match(faults(provider(', clientSecretFile: lost.txt')), /lost\.txt does not exist/)
  const written = provider(', clientSecret: written-out-here')
  assert.match(
    faults(written, reissue, 'everybody may read it'),
    /identityProviders: stands in this file, but everybody/,
  )
  assert.equal(faults(provider(', clientSecret: "${OIDC_SECRET}"'), reissue, 'everybody may read it'), '')
  assert.equal(faults(provider(', clientSecretFile: secret.txt'), reissue, 'everybody may read it'), '')
})

test('a key that no provider would verify is found at the start', () => {
  assert.match(faults(provider(', clientKey: p384.pem')), /clientKey: .*RSA with at least 2048 bits/)
  assert.match(faults(provider(', clientKey: aws.crt')), /holds no private key/)
})
