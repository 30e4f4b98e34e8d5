import assert from 'node:assert/strict'
import { type Options, readWritten } from '../../src/config.ts'
import { type Plan, planOf } from '../../src/iac/index.ts'

export const prod = '111122223333'
export const dev = '444455556666'
export const arn = (account: string, name: string) => `arn:aws:iam::${account}:role/${name}`

/** A configuration with these rules. */
export function configOf(rules: string, aws = ''): Options {
  const text = `baseUrl: https://aws.corp.example
secret: \${ROLEBRIDGE_SECRET}
identityProviders:
  okta: { metadata: nowhere.xml, attributes: { groups: groups } }
  github: { kind: oidc-workload, issuer: https://token.actions.githubusercontent.com, audience: sts.amazonaws.com, require: { repository_owner_id: '1' } }
aws: { region: eu-west-1, signingKey: nowhere.pem, signingCert: nowhere.crt${aws} }
accounts: { '${prod}': { name: prod, tags: { env: prod } }, '${dev}': { name: dev, tags: { env: dev }, region: us-east-1 } }
rules:
${rules}`
  const { options, faults } = readWritten(text, { env: {}, baseDir: '/' })
  assert.ok(options, JSON.stringify(faults))
  return options
}

export const plan = (rules: string, roles: readonly string[] = [], aws = ''): Plan =>
  planOf(configOf(rules, aws), { roles })

/** One role of each kind that rules can lead to. */
export const everyKind = `
  - id: admins
    match: { groups: '^admins$' }
    grant:
      accounts: '*'
      roles: [Admin]
      maxDuration: 8h
      sourceIdentity: '\${user|safe}'
      tags: { Team: platform, Person: '\${user|safe}', Agent: '\${agent}' }
      transitiveTags: [Team]
  - id: readers
    match: { groups: '^readers$' }
    grant: { accounts: { env: dev }, roles: [Admin, audit/Reader] }
  - id: release
    match: { groups: '^release$' }
    grant:
      role: 'arn:aws:iam::${dev}:role/Release'
      via: assume-role
      through: ['arn:aws:iam::${prod}:role/Hub', 'arn:aws:iam::${dev}:role/Middle']
      externalId: 'corp-\${account}'
      sourceIdentity: '\${user|safe}'
      tags: { Team: platform, Task: '\${user|safe}' }
      transitiveTags: [Team]
  - id: deploy
    match: { repository: '^corp/app$' }
    condition: { StringEquals: { 'bridge:IdentityProvider': github } }
    grant: { role: 'arn:aws:iam::${dev}:role/Deploy', via: assume-role-with-web-identity }
  - id: nightly
    match: { workflow: '^nightly' }
    condition: { StringEquals: { 'bridge:IdentityProvider': github } }
    grant: { role: 'arn:aws:iam::${dev}:role/Nightly', via: assume-role-with-web-identity }
`
