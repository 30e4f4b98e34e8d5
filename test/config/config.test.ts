import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  configJsonSchema,
  formatFault,
  loadConfig,
  ownCertificates,
  parseConfig,
  readConfig,
} from '../../src/config.ts'
import { selfSigned } from '../../src/demo/index.ts'
import { compilePolicy } from '../../src/policy/index.ts'
import { makeFolder } from './folder.ts'
import { said } from './said.ts'

const env = { ROLEBRIDGE_SECRET: 'a secret of more than thirty-two characters' }

const makePair = (commonName: string) => selfSigned({ commonName, days: 1, now: Date.UTC(2026, 0) })
const [aws, other] = [await makePair('aws'), await makePair('other')]
const pem = { type: 'pkcs8', format: 'pem' } as const
const [elliptic, short] = [
  generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  generateKeyPairSync('rsa', { modulusLength: 1024 }),
].map(({ privateKey }) => privateKey.export(pem).toString())
const folder = makeFolder({
  'certs/aws-signing.pem': aws.key,
  'certs/aws-signing.crt': aws.cert,
  'certs/sp-signing.pem': other.key,
  'certs/sp-signing.crt': other.cert,
  'certs/sp-decryption.pem': other.key,
  'certs/sp-decryption.crt': other.cert,
  'certs/both.pem': other.key + other.cert,
  'certs/alone.pem': other.key,
  'certs/tls.pem': other.key,
  'certs/tls.crt': other.cert,
  'certs/not-a-key.pem': 'hello',
  'certs/elliptic.pem': elliptic ?? '',
  'certs/short.pem': short ?? '',
  'adfs/FederationMetadata.xml': '<EntityDescriptor/>',
})

const base = `baseUrl: https://aws.corp.example
trustProxy: 1
secret: \${ROLEBRIDGE_SECRET}
identityProviders:
  okta:
    metadata: https://corp.okta.com/metadata
aws:
  region: eu-west-1
  provider: 'arn:aws:iam::\${account}:saml-provider/rolebridge'
  signingKey: certs/aws-signing.pem
  signingCert: certs/aws-signing.crt
rules:
  - id: by-group-name
    match: { groups: '^aws-(?<account>\\d{12})-(?<role>\\w+)$' }
    grant:
      role: 'arn:aws:iam::\${account}:role/\${role}'
`

function faultsOf(text: string, more: Record<string, string | undefined> = {}): readonly string[] {
  const { faults } = readConfig(text, { env: { ...env, ...more }, baseDir: folder })
  return faults.map((fault) => formatFault('c.yaml', fault))
}

/** The base with one line replaced. */
function changed(from: string, to: string): string {
  assert.ok(base.includes(from), from)
  return base.replace(from, () => to)
}

test('reads a whole configuration, resolves it and freezes it', () => {
  const config = parseConfig(base, { env, baseDir: folder })
  assert.equal(config.saml.entityId, 'https://aws.corp.example/saml/metadata')
  assert.deepEqual(config.secret, [env.ROLEBRIDGE_SECRET])
  assert.deepEqual(config.session, { maxAge: 28_800, idle: 3600 })
  assert.deepEqual(config.listen, { host: '127.0.0.1', port: 8080 })
  assert.equal(config.store, `embedded:${join(folder, 'data')}`)
  assert.match(config.keys.aws?.key ?? '', /BEGIN PRIVATE KEY/)
  assert.match(config.keys.aws?.cert ?? '', /BEGIN CERTIFICATE/)
  assert.throws(() => Object.assign(config.rules, { 0: undefined }), TypeError)
  assert.equal(compilePolicy(config).rules.length, 1)
})

test('reports every fault of a file with its line, its column and what was meant', () => {
  const text = `${base}sesion: { idle: 1h }\n`
    .replace('    metadata: https', '    metdata: https')
    .replace('  region: eu-west-1', '  region: eu-west-1\n  federation: reisue')
    .replace('${account}:role', '${acount}:role')
  assert.deepEqual(faultsOf(text), [
    'c.yaml:5:3 identityProviders.okta.metadata: is missing',
    'c.yaml:6:5 identityProviders.okta.metdata: unknown key; did you mean "metadata"?',
    'c.yaml:9:15 aws.federation: must be one of reissue, passthrough; did you mean "reissue"?',
    'c.yaml:17:13 rules[0].grant.role: uses the unknown variable ${acount}; did you mean ${account}? (known here: user, idp, account, role, attribute.NAME)',
    'c.yaml:18:1 sesion: unknown key; did you mean "session"?',
  ])
})

test('an error names the file and lists all faults', () => {
  const file = join(folder, 'bad.yaml')
  writeFileSync(file, 'baseUrl: 1\nsecret: short\n')
  assert.throws(
    () => loadConfig(file, env),
    (error: Error & { faults?: unknown[] }) =>
      error.faults?.length === 5 &&
      error.message.includes(
        `${file}:1:10 baseUrl: must be text; put it in quotes\n${file}:2:9 secret: must have at least`,
      ),
  )
  assert.throws(() => loadConfig(join(folder, 'none.yaml'), env), /none\.yaml:1:1 does not exist/)
})

test('a secret never appears in a fault', () => {
  const secret = 'hunter2 is too short'
  for (const text of [`secret: ${secret}\n`, `secret: [${secret}]\n`, `secret: { x: ${secret} }\n`])
    assert.doesNotMatch(faultsOf(text).join('\n'), /hunter2/)
})

const oneFault: [what: string, text: () => string, fault: string | RegExp][] = [
  [
    'a base URL that is not https',
    () => changed('https://aws.corp', 'http://aws.corp'),
    /^c\.yaml:1:10 baseUrl: must be https, except for localhost$/,
  ],
  [
    'a base URL with a trailing slash',
    () => changed('.example\n', '.example/\n'),
    /^c\.yaml:1:10 baseUrl: must be an origin alone.*write https:\/\/aws\.corp\.example$/,
  ],
  [
    'a base URL with a path',
    () => changed('.example\n', '.example/aws\n'),
    /baseUrl: must be an origin alone/,
  ],
  ['a base URL in capitals', () => changed('https://aws', 'https://AWS'), /baseUrl: must be an origin alone/],
  [
    'https without TLS anywhere',
    () => changed('trustProxy: 1\n', ''),
    /^c\.yaml:1:10 baseUrl: is https, but nothing here speaks TLS/,
  ],
  [
    'plain http for everybody',
    () => changed('https://aws.corp.example\n', 'http://localhost:8080\nlisten: 0.0.0.0:8080\n'),
    /^c\.yaml:2:9 listen: must be a local address/,
  ],
  [
    'TLS under an http base URL',
    () =>
      changed(
        'https://aws.corp.example\n',
        'http://localhost:8080\ntls: { key: certs/tls.pem, cert: certs/tls.crt }\n',
      ),
    /^c\.yaml:2:1 tls: makes baseUrl https/,
  ],
  ['a listen address without a port', () => `${base}listen: 0.0.0.0\n`, /listen: must be host:port/],
  ['a listen port that is none', () => `${base}listen: 0.0.0.0:70000\n`, /listen: must be host:port/],
  [
    'too many proxies',
    () => changed('trustProxy: 1', 'trustProxy: 11'),
    /^c\.yaml:2:13 trustProxy: must be the number of proxies/,
  ],
  [
    'trustProxy: true',
    () => changed('trustProxy: 1', 'trustProxy: true'),
    /^c\.yaml:2:13 trustProxy: must be/,
  ],
  [
    'a target of unsolicited answers that is another path than it looks',
    () => changed('/metadata\n', '/metadata\n    unsolicitedTargets: [/console, /explain/../console]\n'),
    /^c\.yaml:7:36 identityProviders\.okta\.unsolicitedTargets\[1\]: must be a plain path such as \/console/,
  ],
  [
    'a short secret',
    () => changed('${ROLEBRIDGE_SECRET}', 'short'),
    /^c\.yaml:3:9 secret: must have at least 32 characters/,
  ],
  [
    'a short secret in a list',
    () => changed('${ROLEBRIDGE_SECRET}', '["${ROLEBRIDGE_SECRET}", short]'),
    /^c\.yaml:3:34 secret\[1\]: must have at least 32/,
  ],
  [
    'a secret of one letter',
    () => changed('${ROLEBRIDGE_SECRET}', 'a'.repeat(40)),
    /^c\.yaml:3:9 secret: can be guessed, because it repeats itself; make one with: openssl rand -base64 32$/,
  ],
  [
    'a secret of one word over and over',
    () => changed('${ROLEBRIDGE_SECRET}', 'correct-horse-'.repeat(4).slice(0, 50)),
    /^c\.yaml:3:9 secret: can be guessed/,
  ],
  [
    'a secret of two letters',
    () => changed('${ROLEBRIDGE_SECRET}', 'abbbabaabbabababbabaabababbaababbabaa'),
    /secret: can be guessed/,
  ],
  [
    'metrics for somebody who is no address',
    () => `${base}metrics: { from: [10.0.0.0/8, prometheus] }\n`,
    /^c\.yaml:17:\d+ metrics\.from\[1\]: is neither an address nor a range such as 10\.0\.0\.0\/8$/,
  ],
  [
    'metrics for a range that is none',
    () => `${base}metrics: { from: [10.0.0.0/33] }\n`,
    /metrics\.from\[0\]: is neither/,
  ],
  [
    'the same secret twice',
    () => changed('${ROLEBRIDGE_SECRET}', '["${ROLEBRIDGE_SECRET}", "${ROLEBRIDGE_SECRET}"]'),
    /secret: names the same secret twice/,
  ],
  [
    'an idle time beyond the maximum',
    () => `${base}session: { maxAge: 1h, idle: 2h }\n`,
    /^c\.yaml:17:30 session\.idle: is longer than maxAge/,
  ],
  ['an unknown store', () => `${base}store: reddis://x\n`, /^c\.yaml:17:8 store: knows no kind of store/],
  ['an unknown time zone', () => `${base}timeZone: Mars/Olympus\n`, /timeZone: is no time zone/],
  [
    'no identity provider',
    () => changed('\n  okta:\n    metadata: https://corp.okta.com/metadata', ' {}'),
    /^c\.yaml:4:1 identityProviders: names none/,
  ],
  [
    'metadata over plain http',
    () => changed('https://corp', 'http://corp'),
    /^c\.yaml:6:15 identityProviders\.okta\.metadata: must be https or a file/,
  ],
  [
    'metadata that is no file',
    () => changed('https://corp.okta.com/metadata', 'nowhere.xml'),
    /^c\.yaml:6:15 .*nowhere\.xml does not exist$/,
  ],
  [
    'signed requests without a key',
    () => changed('/metadata\n', '/metadata\n    signRequests: true\n'),
    /^c\.yaml:7:19 .*signRequests: needs saml\.signingKey/,
  ],
  [
    'a SAML key without certificate',
    () => `${base}saml: { signingKey: certs/sp-signing.pem }\n`,
    /saml\.signingKey: has no signingCert beside it/,
  ],
  [
    'a SAML certificate without key',
    () => `${base}saml: { signingCert: certs/sp-signing.crt }\n`,
    /saml\.signingCert: has no signingKey beside it/,
  ],
  [
    'reissue without certificate',
    () => changed('  signingCert: certs/aws-signing.crt\n', ''),
    /^c\.yaml:7:1 aws\.signingCert: is missing/,
  ],
  [
    'a region of another partition',
    () => changed('region: eu-west-1', 'region: cn-north-1'),
    /^c\.yaml:8:11 aws\.region: is no region of the partition aws/,
  ],
  [
    'a certificate of another key',
    () => changed('aws-signing.crt', 'sp-signing.crt'),
    /^c\.yaml:11:16 aws\.signingCert: .*is the certificate of another key/,
  ],
  [
    'a key that is none',
    () => changed('aws-signing.pem', 'not-a-key.pem'),
    /^c\.yaml:10:15 aws\.signingKey: .*holds no private key/,
  ],
  [
    'an elliptic key, for AWS gets RSA-SHA256',
    () => changed('aws-signing.pem', 'elliptic.pem'),
    /^c\.yaml:10:15 aws\.signingKey: .*elliptic\.pem is of the type ec; it must be RSA with at least 2048 bits\..*rolebridge keys new/,
  ],
  [
    'a key that is too short for requests',
    () => `${base}saml: { signingKey: certs/short.pem, signingCert: certs/sp-signing.crt }\n`,
    /^c\.yaml:17:21 saml\.signingKey: .*short\.pem is RSA with 1024 bits; it must be RSA with at least 2048/,
  ],
  [
    'a key that is too short to decrypt',
    () => `${base}saml: { decryptionKeys: [certs/short.pem] }\n`,
    /^c\.yaml:17:26 saml\.decryptionKeys\[0\]: .*short\.pem is RSA with 1024 bits/,
  ],
  [
    'a key that does not exist',
    () => changed('aws-signing.pem', 'lost.pem'),
    /^c\.yaml:10:15 aws\.signingKey: .*lost\.pem does not exist/,
  ],
  ['a folder for a key', () => changed('certs/aws-signing.pem', 'certs'), /aws\.signingKey: .*is a folder/],
  [
    'a decryption key without certificate',
    () => `${base}saml: { decryptionKeys: [certs/alone.pem] }\n`,
    /^c\.yaml:17:26 saml\.decryptionKeys\[0\]: .*alone\.crt does not exist/,
  ],
  [
    'an unknown identity provider in a condition',
    () => `${base}    condition: { StringEquals: { 'bridge:IdentityProvider': [okta, oktta] } }\n`,
    /rules\[0\]\.condition\.StringEquals\.bridge:IdentityProvider: names "oktta"/,
  ],
  [
    'a rule twice',
    () => `${base}  - { id: by-group-name, match: { user: '.*' }, effect: deny, roles: '*' }\n`,
    /^c\.yaml:17:11 rules\[1\]\.id: "by-group-name" is the id of an earlier rule/,
  ],
  [
    'an unknown condition operator',
    () => `${base}    condition:\n      StringEqual: { 'saml:x': y }\n`,
    /^c\.yaml:18:7 rules\[0\]\.condition\.StringEqual: unknown condition operator "StringEqual"; did you mean "StringEquals"\?$/,
  ],
  [
    'a value that a condition cannot have',
    () => `${base}    condition:\n      IpAddress: { 'bridge:SourceIp': 10.0.0.0/40 }\n`,
    /^c\.yaml:18:39 rules\[0\]\.condition\.IpAddress\.bridge:SourceIp: wants an address/,
  ],
  [
    'a misspelt key of a grant',
    () => `${base}      maxduration: 8h\n`,
    /^c\.yaml:17:7 rules\[0\]\.grant\.maxduration: unknown key; did you mean "maxDuration"\?$/,
  ],
  [
    'an account without name',
    () => `${base}accounts:\n  "111122223333": {}\n`,
    /^c\.yaml:18:3 accounts\.111122223333\.name: is missing/,
  ],
  [
    'an account id that is none',
    () => `${base}accounts:\n  1111: { name: x }\n`,
    /^c\.yaml:18:3 accounts\.1111: is no account id/,
  ],
  [
    'a number where YAML would change it',
    () => `${base}    condition: { StringEquals: { 'saml:n': 0042 } }\n`,
    /^c\.yaml:17:44 0042 would be read as the number 42; put it in quotes$/,
  ],
  ['a key given twice', () => `${base}trustProxy: 2\n`, /^c\.yaml:17:1 this key was already given above$/],
  ['a tab', () => `${base}aws2:\n\tx: 1\n`, /^c\.yaml:18:1 a tab/],
  ['a tag', () => `${base}store: !!js/function x\n`, /^c\.yaml:17:8 tags/],
  ['an explicit type', () => `${base}store: !!str embedded:./x\n`, /^c\.yaml:17:\d+ tags/],
  ['an anchor', () => `${base}store: &x embedded:./x\n`, /^c\.yaml:17:\d+ anchors/],
  ['a merge key', () => `${base}session: { <<: { idle: 1h } }\n`, /^c\.yaml:17:12 merge keys/],
  [
    'the name __proto__',
    () => `${base}accounts: { __proto__: { name: x } }\n`,
    /^c\.yaml:17:13 this name is not allowed/,
  ],
]

for (const [what, text, fault] of oneFault) {
  test(`refuses ${what}`, () => {
    const found = faultsOf(text())
    assert.equal(found.length, 1, found.join('\n'))
    assert.match(found[0] ?? '', fault instanceof RegExp ? fault : new RegExp(fault))
  })
}

test('refuses a bomb of aliases without unfolding it', () => {
  const levels = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`)
  const found = faultsOf(`a0: &a0 x\n${levels.join('\n')}\n`)
  assert.match(found[0] ?? '', /anchors \(&…\) are not allowed/)
})

test('refuses what is no YAML, no block or nothing at all', () => {
  assert.match(faultsOf('a: [').join(), /^c\.yaml:1:5 /)
  assert.match(faultsOf('- a').join(), /^c\.yaml:1:1 must be a block of keys$/)
  assert.ok(faultsOf('').some((fault) => fault.includes('baseUrl: is missing')))
  assert.match(faultsOf(`${base}---\n${base}`).join(), /^c\.yaml:17:1 a second document/)
  assert.match(faultsOf('? [a]\n: 1\n').join(), /^c\.yaml:1:3 a list or a block is no key/)
})

test('reissue without provider takes the one that the guide and the template for IAM name', () => {
  const written = "  provider: 'arn:aws:iam::${account}:saml-provider/rolebridge'\n"
  const provider = (text: string) => parseConfig(text, { env, baseDir: folder }).aws.provider
  assert.equal(provider(changed(written, '')), 'arn:aws:iam::${account}:saml-provider/rolebridge')
  const china = changed(written, '  partition: aws-cn\n')
    .replace('eu-west-1', 'cn-north-1')
    .replace("role: 'arn:aws:", "role: 'arn:aws-cn:")
  assert.equal(provider(china), 'arn:aws-cn:iam::${account}:saml-provider/rolebridge')
})

test('passthrough refuses what only reissue uses', () => {
  const found = faultsOf(changed('region: eu-west-1', 'region: eu-west-1\n  federation: passthrough'))
  assert.deepEqual(
    found.map((fault) => fault.split(': ')[0]),
    ['c.yaml:10:3 aws.provider', 'c.yaml:11:3 aws.signingKey', 'c.yaml:12:3 aws.signingCert'],
  )
})

/** A sound configuration in which AWS reads the identity provider's own response. */
const passthrough = base
  .replace(/ {2}(provider|signingKey|signingCert):.*\n/g, '')
  .replace('region: eu-west-1', 'region: eu-west-1\n  federation: passthrough')

test('passthrough refuses decryption keys, because AWS could not read what is encrypted for the bridge', () => {
  assert.deepEqual(faultsOf(passthrough), [])
  const [fault, ...others] = faultsOf(`${passthrough}saml: { decryptionKeys: [certs/both.pem] }\n`)
  assert.deepEqual(others, [])
  assert.match(fault ?? '', /^c\.yaml:15:9 saml\.decryptionKeys: has no place in passthrough: AWS reads/)
  assert.match(fault ?? '', /turn encryption off.*Set-AdfsRelyingPartyTrust -EncryptClaims \$false/)
})

test('passthrough without AWS’s audience as our name is worth a second look', () => {
  const warningsOf = (more: string) =>
    said(parseConfig(passthrough + more, { env, baseDir: folder }), Date.now()).warnings.join('\n')
  assert.match(warningsOf(''), /saml\.entityId: is https.*then write entityId: urn:amazon:webservices$/m)
  assert.doesNotMatch(warningsOf('saml: { entityId: urn:amazon:webservices }\n'), /entityId/)
})

test('AD FS and decryption keys: check names the setting without which its CBC is refused', () => {
  const warningsOf = (change: string) => {
    const text = changed('/metadata\n', `/metadata\n    kind: adfs\n${change}`)
    const withKeys = `${text}saml: { decryptionKeys: [certs/both.pem] }\n`
    return said(parseConfig(withKeys, { env, baseDir: folder }), Date.now()).warnings.join('\n')
  }
  assert.match(warningsOf(''), /identityProviders\.okta: AD FS encrypts by AES-CBC.*MessageAndAssertion/)
  assert.doesNotMatch(warningsOf('    allowCbc: true\n'), /MessageAndAssertion/)
})

test('account ids need no quotes and keep their leading zero', () => {
  const config = parseConfig(`${base}accounts:\n  012345678901: { name: x }\n  111122223333: { name: y }\n`, {
    env,
    baseDir: folder,
  })
  assert.deepEqual(Object.keys(config.accounts).sort(), ['012345678901', '111122223333'])
})

test('a key is given once, with quotes or without: nobody sees which of two would count', () => {
  const twice = `${base}accounts:
  111122223333: { name: x, tags: { env: prod } }
  "111122223333": { name: x }
`
  assert.deepEqual(faultsOf(twice), ['c.yaml:19:3 this key was already given above'])
})

test('what nests deeper than any configuration is a fault, in a line or in lines, and ends no process', () => {
  for (const [open, close] of [
    ['['.repeat(50_000), ''],
    ['{a: '.repeat(20_000), ''],
    ['- '.repeat(20_000), 'x'],
    ['['.repeat(200), ']'.repeat(200)],
  ])
    assert.match(faultsOf(`${open}${close}`).join(), /^c\.yaml:1:\d+ nests too deep$/)
})

test('a private key that others may read is a fault', () => {
  const file = join(folder, 'certs/aws-signing.pem')
  for (const [mode, words] of [
    [0o644, /everybody may read/],
    [0o640, /its group may read it/],
    [0o660, /its group may change it/],
  ] as const) {
    chmodSync(file, mode)
    assert.match(faultsOf(base).join('\n'), words)
  }
  chmodSync(file, 0o600)
  assert.deepEqual(faultsOf(base), [])
})

test('a decryption key that others may read is one fault, not two', () => {
  const file = join(folder, 'certs/sp-decryption.pem')
  chmodSync(file, 0o644)
  try {
    const found = faultsOf(`${base}saml: { decryptionKeys: [certs/sp-decryption.pem] }\n`)
    assert.equal(found.length, 1)
    assert.match(found[0] ?? '', /holds a private key, but everybody may read or change it/)
  } finally {
    chmodSync(file, 0o600)
  }
})

test('a decryption key brings its certificate in its own file or beside it', () => {
  const text = `${base}saml: { decryptionKeys: [certs/both.pem, certs/sp-decryption.pem] }\n`
  const { keys } = parseConfig(text, { env, baseDir: folder })
  assert.equal(keys.decryption.length, 2)
  assert.equal(keys.decryption[0]?.cert, keys.decryption[1]?.cert)
})

test('the environment fills in values, defaults fill in the environment', () => {
  const text = `${base}store: \${STORE:-embedded:./x}\nlisten: 127.0.0.1:\${PORT}\n`
  const read = (more: Record<string, string>) =>
    parseConfig(text, { env: { ...env, ...more }, baseDir: folder })
  assert.equal(read({ PORT: '9000' }).listen.port, 9000)
  assert.equal(read({ PORT: '9000' }).store, `embedded:${join(folder, 'x')}`)
  assert.equal(read({ PORT: '9000', STORE: 'redis://r' }).store, 'redis://r')
  assert.deepEqual(faultsOf(text), ['c.yaml:18:19 the environment variable PORT is not set'])
})

test('what the environment holds is text, never YAML', () => {
  const text = changed('${ROLEBRIDGE_SECRET}', '${ODD}')
  const odd = `x: [1, 2] # \${ROLEBRIDGE_SECRET} ${'x'.repeat(32)}`
  assert.deepEqual(parseConfig(text, { env: { ODD: odd }, baseDir: folder }).secret, [odd])
})

test('templates of the policy are none of the environment’s business', () => {
  const text = changed(
    "{ groups: '^aws-(?<account>\\d{12})-(?<role>\\w+)$' }",
    "{ groups: '^aws-(?<account>\\d{12})-(?<ROLE>\\w+)$' }",
  ).replace('role/${role}', () => 'role/${ROLE}')
  const config = parseConfig(text, { env: { ...env, ROLE: 'Admin' }, baseDir: folder })
  const [rule] = config.rules
  assert.equal(rule?.effect === 'allow' && rule.grant.role, 'arn:aws:iam::${account}:role/${ROLE}')
})

for (const name of readdirSync(new URL('../../examples', import.meta.url)).filter((file) =>
  /^(okta|adfs|entra|keycloak)\.yaml$/.test(file),
)) {
  test(`the example ${name} can be served`, () => {
    const text = readFileSync(new URL(`../../examples/${name}`, import.meta.url), 'utf8')
    const config = parseConfig(text, { env, baseDir: folder, file: name })
    assert.equal(compilePolicy(config).rules.length, config.rules.length)
    const warnings = said(config, Date.now()).warnings.filter((warning) => warning.includes('^…$'))
    assert.deepEqual(warnings, [])
  })
}

test('says in plain words what a configuration lets happen', () => {
  const text = changed('/metadata\n', '/metadata\n    allowSha1: true\n    allowUnsolicited: true\n')
  const { sentences, warnings } = said(parseConfig(text, { env, baseDir: folder }), Date.now())
  assert.deepEqual(sentences.slice(0, 3), [
    'Serves https://aws.corp.example on 127.0.0.1:8080, behind 1 proxy.',
    'A sign-in lasts 8h, or 1h without use.',
    'The bridge signs what AWS reads; IAM trusts it as arn:aws:iam::${account}:saml-provider/rolebridge.',
  ])
  assert.match(sentences.join('\n'), /by-group-name: people with groups matching/)
  assert.match(warnings.join('\n'), /identityProviders\.okta\.allowSha1: SHA-1 can be forged/)
  assert.match(warnings.join('\n'), /identityProviders\.okta\.allowUnsolicited: /)
})

test('warns that an age of the authentication cannot be judged with Keycloak', () => {
  const aged = (kind: string) => {
    const text = changed('/metadata\n', `/metadata\n    kind: ${kind}\n    maxAuthnAge: 1h\n`)
    return said(parseConfig(text, { env, baseDir: folder }), Date.now()).warnings.join('\n')
  }
  assert.match(aged('keycloak'), /maxAuthnAge: Keycloak gives the time of its answer as AuthnInstant/)
  assert.doesNotMatch(aged('okta'), /maxAuthnAge/)
})

test('editors get a JSON Schema that knows every part', () => {
  const schema = configJsonSchema() as { properties: Record<string, unknown>; additionalProperties: unknown }
  assert.ok(schema.properties.identityProviders && schema.properties.rules)
  assert.equal(schema.additionalProperties, false)
})

test('a damaged file is answered with faults, never with a crash', () => {
  const pieces = fc.constantFrom(
    '',
    ' ',
    '\n',
    '\t',
    ':',
    '-',
    '"',
    "'",
    '{',
    '[',
    '${',
    '*',
    '&a',
    '!',
    '#',
    '0x1',
    'null',
    '~',
  )
  fc.assert(
    fc.property(fc.nat(base.length), fc.nat(40), pieces, (at, length, piece) => {
      const text = base.slice(0, at) + piece + base.slice(at + length)
      const { config, faults } = readConfig(text, { env, baseDir: folder })
      assert.equal(config === undefined, faults.length > 0)
      for (const { line, column } of faults) assert.ok(line >= 1 && column >= 1)
    }),
    { numRuns: 500 },
  )
})

test('a trail of the configuration is kept: where it was read and what it was', () => {
  const file = join(folder, 'good.yaml')
  writeFileSync(file, `${base}audit: { file: audit.jsonl }\n`)
  const config = loadConfig(file, env)
  assert.equal(config.file, file)
  assert.match(config.fingerprint, /^[0-9a-f]{64}$/)
  assert.equal(config.audit.file, join(folder, 'audit.jsonl'))
})

test('warns for thirty days before a certificate ends', () => {
  const config = parseConfig(base, { env, baseDir: folder })
  const [first] = ownCertificates(config.keys)
  assert.ok(first)
  const daysBefore = (days: number) => said(config, first.notAfter - days * 86_400_000).warnings.join('\n')
  assert.doesNotMatch(daysBefore(31), /expires/)
  assert.match(daysBefore(29), /aws\.signingCert: its certificate expires on \d{4}-\d\d-\d\d, in 29 days/)
  assert.match(daysBefore(-1), /expired on/)
})
