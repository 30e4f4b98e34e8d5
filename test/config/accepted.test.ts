import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { createApp } from '../../src/app.ts'
import { type Config, describeConfig, readConfig } from '../../src/config.ts'
import { warningCodes } from '../../src/core/index.ts'
import { selfSigned } from '../../src/demo/index.ts'
import { createLog } from '../../src/events/index.ts'
import { compilePolicy } from '../../src/policy/index.ts'
import { makeFolder } from './folder.ts'

const now = Date.UTC(2026, 5, 1)
const pair = await selfSigned({ commonName: 'aws.corp.example', days: 365, now })
const folder = makeFolder({ 'a.pem': pair.key, 'a.crt': pair.cert, 'idp.xml': '<EntityDescriptor/>' })

type Block = Record<string, unknown>
const rule = (more: Block) => ({
  id: 'r',
  match: { groups: '^x-(?<role>\\w+)$' },
  grant: { role: 'arn:aws:iam::111122223333:role/Admin' },
  ...more,
})
const grant = (more: Block) => rule({ grant: { role: 'arn:aws:iam::111122223333:role/${role}', ...more } })
const inAccounts = (more: Block) =>
  rule({ grant: { accounts: '*', roles: ['Admin', 'audit/${role}'], ...more } })

const base: Block = {
  baseUrl: 'https://aws.corp.example',
  trustProxy: 1,
  secret: 'a secret of more than thirty-two characters',
  identityProviders: { corp: { metadata: 'https://idp.example/metadata' } },
  aws: { region: 'eu-west-1', signingKey: 'a.pem', signingCert: 'a.crt' },
  accounts: { 111122223333: { name: 'prod', tags: { env: 'prod' } }, 444455556666: { name: 'test' } },
  rules: [rule({})],
}

/** What a hand may write at a place, right or wrong. */
const changes: readonly (readonly [key: string, values: readonly unknown[]])[] = [
  ['baseUrl', ['http://localhost:8080', 'https://[::1]', 'https://aws.corp.example:8443', 'https://x/', 7]],
  ['trustProxy', [0, 2, 11]],
  ['listen', ['0.0.0.0:0', '[::1]:8443', 'x']],
  ['tls', [{ key: 'a.pem', cert: 'a.crt' }, { key: 'a.pem' }]],
  ['timeZone', ['Europe/Berlin', 'Mars/Base']],
  ['session', [{ maxAge: '1h', idle: '2h' }, { maxAge: '7d' }]],
  ['saml', [{ decryptionKeys: ['a.pem'] }, { signingKey: 'a.pem', signingCert: 'a.crt' }, { entityId: 'x' }]],
  ['auditors', [{ user: '.*' }, { groups: ['^a$', '(?i)b'] }, { user: '(' }]],
  [
    'administrators',
    [{ user: '^a$' }, [{ groups: '^a$' }, { workload: '^w$', sub: '^b$' }], { workload: 'w' }, []],
  ],
  [
    'identityProviders',
    [
      { corp: { metadata: 'https://idp.example/m', kind: 'adfs', attributes: { user: 'upn', groups: 'g' } } },
      {
        a: { metadata: 'https://a.example/m' },
        b: { metadata: 'https://b.example/m', kind: 'okta', allowSha1: true },
      },
      { o: { kind: 'oidc', issuer: 'https://o.example', clientId: 'x', clientSecret: 'hunter2hunter2' } },
      { w: { kind: 'oidc-workload', issuer: 'https://w.example', audience: 'x', user: '${sub}' } },
      {},
    ],
  ],
  [
    'aws',
    [
      { region: 'eu-west-1', federation: 'passthrough' },
      { region: 'us-gov-west-1', partition: 'aws-us-gov', signingKey: 'a.pem', signingCert: 'a.crt' },
      { region: 'eu-west-9', fallbackRegion: 'eu-central-1', signingKey: 'a.pem', signingCert: 'a.crt' },
      { region: 'mars', signingKey: 'a.pem', signingCert: 'a.crt' },
    ],
  ],
  [
    'accounts',
    [{}, { 111122223333: { name: 'prod', color: 'redd', region: 'xx-moon-1' } }, { 1: { name: 'x' } }],
  ],
]

const condition = fc.constantFrom<Block | undefined>(
  undefined,
  { TimeWithin: { 'bridge:LocalTime': 'Mon-Fri 22:00-06:00' } },
  { DateGreaterThan: { 'bridge:TimeOfDay': '22:00' }, DateLessThan: { 'bridge:TimeOfDay': '06:00' } },
  { NumericLessThan: { 'bridge:AuthnAge': '1.5' }, Bool: { 'bridge:MultiFactorAuthPresent': true } },
  { StringLike: { 'saml:x': ['${user}', '${*}a'] }, 'ForAllValues:StringNotEquals': { 'saml:y': '' } },
  { DateLessThan: { 'bridge:CurrentTime': '2026-02-31' } },
  { IpAddress: { 'bridge:SourceIp': '10.0.0.0/8' }, Null: { 'bridge:Reason': false } },
  { StringEquals: { 'bridge:IdentityProvider': 'corp', 'bridge:AccountTag/env': 'prod' } },
)
const match = fc.oneof(
  fc.dictionary(
    fc.constantFrom('groups', 'user', 'type', '__proto__', 'constructor'),
    fc.constantFrom('^x$', '.*', '^', 'a|b', '(?i)x*', '^(?<role>\\w+)$', '(', ''),
    { maxKeys: 3 },
  ),
  fc.constant({ groups: ['^x-(?<role>\\w+)$', '^y$'] }),
)
const shape = fc.constantFrom(
  rule({}),
  grant({}),
  inAccounts({}),
  inAccounts({ accounts: { env: 'prod' }, roles: ['*'] }),
  grant({ role: 'arn:aws:iam::111122223333:role/${role}-*' }),
  grant({ role: 'arn:aws:iam::999988887777:role/x', tags: { T: '${user}' }, sourceIdentity: '${user|safe}' }),
  grant({ pinToSourceIp: true, policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'], agents: 'read-only' }),
  grant({ policy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] } }),
  grant({ untilWindowEnds: true, maxDuration: '12h' }),
  grant({ via: 'assume-role', through: 'arn:aws:iam::111122223333:role/Hub' }),
  grant({ via: 'assume-role-with-web-identity' }),
  { id: 'd', effect: 'deny', match: { groups: 'x' }, roles: '*' },
  { id: 'd', effect: 'deny', match: { groups: 'x' }, accounts: { not: 'prod' }, roles: ['A*'] },
)
const rules = fc.array(fc.record({ shape, match, condition }), { maxLength: 4 }).map((drawn) =>
  drawn.map(({ shape, match, condition }, index) => ({
    ...shape,
    id: `r${index}`,
    ...(index % 2 === 1 && { match }),
    ...(condition && { condition }),
  })),
)
const edits = fc
  .subarray([...changes], { maxLength: 3 })
  .chain((some) =>
    fc.tuple(
      ...some.map(([key, values]) => fc.constantFrom(...values).map((value) => [key, value] as const)),
    ),
  )

test('what check accepts can be described, decided by and served', async () => {
  const seen = new Map<string, Config>()
  fc.assert(
    fc.property(edits, fc.option(rules, { nil: undefined }), (edited, rules) => {
      const text = JSON.stringify({ ...base, ...(rules && { rules }), ...Object.fromEntries(edited) })
      const { config, faults, locate } = readConfig(text, { env: {}, baseDir: folder, now })
      assert.equal(config === undefined, faults.length > 0)
      if (!config) return
      assert.equal(compilePolicy(config).rules.length, config.rules.length)
      for (const { code, path, message } of describeConfig(config, now).warnings) {
        assert.ok(Object.hasOwn(warningCodes, code) && message !== '')
        const { line, column } = locate({ path, message })
        assert.ok(line >= 1 && column >= 1)
      }
      seen.set(text, config)
    }),
    { numRuns: 600, examples: [[[], undefined]] },
  )
  assert.ok(seen.size > 60, `only ${seen.size} of these configurations are sound`)
  // Opening a store takes its time, so not each of them is served.
  for (const [index, config] of [...seen.values()].slice(0, 40).entries()) {
    const store = `embedded:${join(folder, `data${index}`)}`
    const log = createLog({ clock: () => now, write: () => {} })
    const app = await createApp(
      { ...config, store, audit: { ...config.audit, stdout: false, file: join(folder, `a${index}`) } },
      { version: '0', log, clock: () => now },
    )
    await app.close('the test is over')
  }
})
