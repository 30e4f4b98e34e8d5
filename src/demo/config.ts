/** The configuration of the demo's bridge: the same file that a company would write, smaller. */
export function demoConfig(demo: {
  readonly urls: { readonly bridge: string; readonly idp: string; readonly sts: string }
  readonly port: number
  readonly federation: 'reissue' | 'passthrough'
  readonly secret: string
  readonly tls?: { readonly key: string; readonly cert: string }
  readonly openId?: { readonly clientId: string; readonly clientSecret: string }
  /** A broker's keys lie in the file `broker`. */
  readonly iamUsers?: boolean
}): string {
  const { urls, port, federation, secret, tls, openId, iamUsers } = demo
  const vouching =
    federation === 'reissue'
      ? [
          '  federation: reissue                 # the bridge signs what AWS reads',
          '  signingKey: aws-signing.pem',
          '  signingCert: aws-signing.crt',
        ]
      : ['  federation: passthrough             # AWS reads the identity provider’s own response']
  const own =
    federation === 'reissue'
      ? '  decryptionKeys: [sp-decryption.pem]'
      : '  entityId: urn:amazon:webservices    # IAM reads our name as the audience of the response'
  return `# Written by the demo at every start.
baseUrl: ${urls.bridge}
listen: 127.0.0.1:${port}
${tls ? `tls: { key: ${tls.key}, cert: ${tls.cert} }\n` : ''}secret: ${secret}
store: embedded:./data
audit: { stdout: false, file: audit.jsonl }
saml:
  signingKey: sp-signing.pem
  signingCert: sp-signing.crt
${own}
identityProviders:
  demo:
    label: Demo identity provider
    metadata: ${urls.idp}/metadata
    allowUnsolicited: true              # the app tile
    attributes: { user: email, groups: groups }
  ci:                                   # jobs without a browser, by tokens of their platform
    kind: oidc-workload
    issuer: ${urls.idp}/workloads
    audience: ${urls.bridge}
    user: 'ci:\${repository}'
${openId ? openIdEntry(urls.idp, openId) : ''}aws:
  region: eu-west-1
  stsEndpoint: ${urls.sts}
  signInEndpoint: ${urls.sts}
${vouching.join('\n')}
${iamUsers ? broker : ''}accounts:
  "111122223333": { name: production, color: red, region: eu-west-1 }
  "444455556666": { name: sandbox, color: green, region: eu-central-1 }
rules:
  - id: by-group-name                   # the group aws-111122223333-Admin opens Admin in 111122223333
    match: { groups: '^aws-(?<account>\\d{12})-(?<role>[\\w+=,.@-]+)$' }
    grant:
      role: 'arn:aws:iam::\${account}:role/\${role}'
      duration: 1h
      maxDuration: 4h
${federation === 'reissue' ? "      sourceIdentity: '${user|safe}'\n" : ''}  - id: deploy                          # jobs of corp’s repositories, on the main branch
    match: { repository: '^corp/(?<app>[\\w-]+)$', ref: '^refs/heads/main$' }
    condition: { StringEquals: { 'bridge:IdentityProvider': ci } }
    grant: { role: 'arn:aws:iam::444455556666:role/Deploy', ${federation === 'reissue' ? '' : 'via: assume-role-with-web-identity, '}sessionName: 'ci-\${app}' }
${federation === 'reissue' ? secondFactor + onRequest + acrossAccounts : ''}${iamUsers ? federated : ''}auditors: { groups: '^security$' }
administrators: { groups: '^security$' }
`
}

const broker = `  broker: { '111122223333': file:broker }   # long-term keys of an IAM user, who signs for people
`

const federated = `  - id: reports                         # a federated user: may what the broker's user may and this policy allows
    match: { groups: '^staff$' }
    grant:
      via: get-federation-token
      account: '111122223333'
      name: Reports
      policy:
        Version: '2012-10-17'
        Statement: [{ Effect: Allow, Action: ['s3:GetObject', 's3:ListBucket'], Resource: '*' }]
      tags: { Department: '\${attribute.department|safe}' }
      maxDuration: 36h
`

const secondFactor = `  - id: migrations                      # locked for bob until he signs in with a second factor
    match: { groups: '^aws-111122223333-Developer$' }
    grant: { role: 'arn:aws:iam::111122223333:role/Migrations' }
    condition: { Bool: { 'bridge:MultiFactorAuthPresent': true } }
`

const onRequest = `  - id: on-request                      # bob asks, alice allows it, bob starts it
    match: { groups: '^aws-111122223333-Developer$' }
    grant: { role: 'arn:aws:iam::111122223333:role/Operator', sourceIdentity: '\${user|safe}' }
    request:
      approvers: { groups: '^platform-admins$' }
      secondFactor: 15m
      openFor: 1h
`

const acrossAccounts = `  - id: across-accounts                 # a role that trusts a hub in another account, and no identity provider
    match: { groups: '^releasers$' }
    grant:
      role: arn:aws:iam::444455556666:role/Release
      via: assume-role
      through: arn:aws:iam::111122223333:role/Hub
      externalId: rolebridge-demo
      sourceIdentity: '\${user|safe}'
      tags: { Department: '\${attribute.department|safe}' }
      transitiveTags: [Department]
`

function openIdEntry(
  idp: string,
  { clientId, clientSecret }: { clientId: string; clientSecret: string },
): string {
  return `  demo-openid:
    label: Demo identity provider, by OpenID Connect
    kind: oidc
    issuer: ${idp}/oidc
    clientId: ${clientId}
    clientSecret: ${clientSecret}
    attributes: { user: email }
    mfaContexts: ['https://refeds.org/profile/mfa']
`
}
