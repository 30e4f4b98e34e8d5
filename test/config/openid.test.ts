import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatFault, readConfig } from '../../src/config.ts'
import { selfSigned } from '../../src/demo/index.ts'
import { makeFolder } from './folder.ts'

const aws = await selfSigned({ commonName: 'aws', days: 1, now: Date.UTC(2026, 0) })
const folder = makeFolder({ 'aws.pem': aws.key, 'aws.crt': aws.cert })
const env = { ROLEBRIDGE_SECRET: 'a secret of more than thirty-two characters', OIDC_SECRET: 'client secret' }

const reissue = '{ region: eu-west-1, signingKey: aws.pem, signingCert: aws.crt }'
const read = (provider: string, federation = reissue) =>
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
    { env, baseDir: folder },
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
