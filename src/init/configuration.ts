import { stringify } from 'yaml'
import type { Answers } from './answers.ts'
import { beginningOf } from './kinds.ts'

/** Where things lie in the folder of an installation. */
export const places = {
  configuration: 'rolebridge.yaml',
  secret: 'certs/secret',
  serviceProvider: 'certs/sp-signing',
  aws: 'certs/aws-signing',
  metadata: 'identity-provider.xml',
  ownMetadata: 'sp-metadata.xml',
  awsMetadata: 'aws-metadata.xml',
  template: 'iam-saml-provider.yaml',
  script: 'adfs.ps1',
  steps: 'STEPS.md',
} as const

/** The partition that a region lies in. */
export function partitionOf(region: string): string {
  if (region.startsWith('us-gov-')) return 'aws-us-gov'
  if (region.startsWith('cn-')) return 'aws-cn'
  return region.startsWith('eusc-') ? 'aws-eusc' : 'aws'
}

/** Text in YAML, quoted where it must be. */
const quoted = (value: unknown) => stringify(value, { lineWidth: 0, collectionStyle: 'flow' }).trim()

/** The first configuration, with a word on each choice; `metadata` as the file shall name it. */
export function configurationText(answers: Answers, metadata: string): string {
  const { kind, baseUrl, federation, region, accounts, stsEndpoint } = answers
  const { label, attributes } = beginningOf(kind)
  const lines = [
    '# Written by rolebridge init. What it grants: rolebridge check --config rolebridge.yaml',
    ...server(baseUrl),
    `secret: \${file:${places.secret}}              # encrypts what is stored: keep it, or everybody signs in again`,
    'store: embedded:./data',
    'audit: { stdout: false, file: audit.jsonl }   # who did what; without a file only the log says it',
    'session: { maxAge: 8h, idle: 1h }',
    '',
    'saml:',
    ...(federation === 'passthrough'
      ? [`  entityId: ${audienceOf(region).padEnd(30)} # IAM reads our name as the audience of the response`]
      : []),
    `  signingKey: ${places.serviceProvider}.pem       # signs our requests to the identity provider`,
    `  signingCert: ${places.serviceProvider}.crt`,
    '',
    'identityProviders:',
    `  ${kind}:`,
    `    kind: ${kind}`,
    `    label: ${quoted(label)}`,
    `    metadata: ${quoted(metadata)}`,
    '    allowUnsolicited: true                # the tile on the identity provider’s own page',
    ...(attributes ? [`    attributes: ${quoted(attributes)}`] : []),
    '',
    'aws:',
    ...(partitionOf(region) === 'aws' ? [] : [`  partition: ${partitionOf(region)}`]),
    `  region: ${region}`,
    ...(stsEndpoint === undefined
      ? []
      : [`  stsEndpoint: ${quoted(stsEndpoint)}`, `  signInEndpoint: ${quoted(stsEndpoint)}`]),
    ...vouching(federation),
    '',
    'accounts:',
    ...accounts.map(({ id, name }) => `  "${id}": { name: ${quoted(name)} }`),
    '',
    'rules:',
    ...rules(answers),
  ]
  return `${lines.join('\n')}\n`
}

/** What IAM wants to read as the audience. */
export function audienceOf(region: string): string {
  const ends: Readonly<Record<string, string>> = { 'aws-us-gov': ':govcloud', 'aws-cn': ':cn-north-1' }
  return `urn:amazon:webservices${ends[partitionOf(region)] ?? ''}`
}

/** Plain http is served for this machine alone; everything else has a proxy in front that speaks TLS. */
function server(baseUrl: string): readonly string[] {
  const { protocol, port } = new URL(baseUrl)
  if (protocol === 'http:') return [`baseUrl: ${baseUrl}`, `listen: 127.0.0.1:${port || 80}`]
  return [
    `baseUrl: ${baseUrl}`,
    'listen: 0.0.0.0:8080',
    'trustProxy: 1                             # one load balancer in front, which speaks TLS; without any:',
    '# tls: { key: certs/tls.pem, cert: certs/tls.crt }',
  ]
}

function vouching(federation: Answers['federation']): readonly string[] {
  if (federation === 'passthrough')
    return ['  federation: passthrough                 # AWS reads the identity provider’s own response']
  return [
    '  federation: reissue                     # the bridge signs what AWS reads',
    `  signingKey: ${places.aws}.pem`,
    `  signingCert: ${places.aws}.crt`,
  ]
}

function rules({ kind, federation, region }: Answers): readonly string[] {
  const arn = `arn:${partitionOf(region)}:iam::`
  if (federation === 'passthrough')
    return [
      '  - id: as-offered                        # what the identity provider’s Role attribute offers; rules narrow it',
      `    match: { https://aws.amazon.com/SAML/Attributes/Role: '^(?:.*,\\s*)?(?<role>${arn}\\d{12}:role/[\\w+=.@/-]+)(?:\\s*,.*)?$' }`,
      "    grant: { role: '${role}', duration: 1h }",
    ]
  // Active Directory does not tell capitals from small letters, and neither does what AD FS makes of groups for AWS.
  const start = beginningOf(kind).domainGroups ? '(?i)^(?:[^\\\\]+\\\\)?' : '^'
  return [
    '  - id: by-group-name                     # the group aws-111122223333-Admin opens Admin in that account',
    `    match: { groups: '${start}aws-(?<account>\\d{12})-(?<role>[\\w+=,.@-]+)$' }`,
    '    grant:',
    `      role: '${arn}\${account}:role/\${role}'`,
    '      duration: 1h',
    "      sourceIdentity: '${user|safe}'",
  ]
}
