/** What each key of the configuration means, in words. */

export const intro = `# Configuration
<!-- Written by scripts/docs.ts from the schema; change the words in scripts/docs-words.ts. -->

One YAML file, by default \`rolebridge.yaml\`. \`rolebridge check --config FILE\` names every fault with line and
column and says in sentences what the file grants ([check](check.md)). A file with a fault is not served. Whole examples:
[okta](../../examples/okta.yaml), [entra](../../examples/entra.yaml), [adfs](../../examples/adfs.yaml),
[keycloak](../../examples/keycloak.yaml), and [a company](../../examples/company/rolebridge.yaml) with accounts and rules in files
of their own ([many accounts](many-accounts.md)).

- \`\${NAME}\` and \`\${NAME:-default}\` are environment variables, everywhere but in \`rules\`, \`auditors\`, \`administrators\`
  and \`aws.provider\`, where \`\${…}\` is filled in for each person. \`\${file:PATH}\` is what a file holds, one line, readable by its owner
  alone: for secrets that are mounted or lie beside the configuration.
- Durations are \`45m\`, \`8h\`, \`1h30m\`, or seconds. Relative paths start at the file's folder.
- Account ids belong in quotes. Anchors, aliases, tags and merge keys are faults, and so are unknown keys.

## Rules
Rules are read from the top. Each that allows and matches opens its role; the first that leads to a role sets its
terms. A rule that denies wins over all others, wherever it stands. No rule, no role.

\`match\` names attributes of the identity (\`attributes:\` of the identity provider gives them short names) and
regular expressions. All attributes must match, with any one of their values and any one of a list of patterns.
Write \`^\` and \`$\`: a pattern without them matches anywhere in a value. Named groups become variables:
\`(?<account>\\d{12})\` is \`\${account}\` in \`grant\`. Other variables are \`\${user}\`, \`\${attribute.NAME}\` and \`\${idp}\`, the name of
the identity provider, which tells people apart who have one name at two of them. In \`tags\` there is \`\${agent}\` too: a tag with it is
there when an AI agent asks, and left out when a person does.
Patterns are RE2: no look-around, no back-references, and no pattern that takes for ever. They look at exact spelling: in a
rule that denies write \`(?i)^contractor$\`, or \`Contractor\` gets through.

AWS takes 2 to 64 of \`A-Z a-z 0-9 _+=,.@-\` as session name and source identity, and letters, digits, spaces and
\`_.:/=+-@\` in tags. \`\${user|safe}\` makes any value fit: \`CORP\\alice\` becomes \`CORP-alice-1f0c…\`, with a hash of the
original, so that no two people become one. Without \`|safe\` somebody whose value does not fit gets no role by that rule.
Session names always fit.

## Conditions
\`condition\` has IAM's operators, with IAM's meaning. All comparisons of a block must hold; of several values one does, and
with \`Not…\` none may.

| operators | for |
|---|---|
| \`StringEquals\` \`StringNotEquals\` \`StringEqualsIgnoreCase\` \`StringNotEqualsIgnoreCase\` | text |
| \`StringLike\` \`StringNotLike\` | text, with \`*\` for any text and \`?\` for one character |
| \`ArnEquals\` \`ArnLike\` (the same) \`ArnNotEquals\` \`ArnNotLike\` | ARNs: each of the six parts by itself, with \`*\` and \`?\` |
| \`NumericEquals\` \`NumericNotEquals\` \`NumericLessThan\` \`NumericLessThanEquals\` \`NumericGreaterThan\` \`NumericGreaterThanEquals\` | numbers |
| \`DateEquals\` \`DateNotEquals\` \`DateLessThan\` \`DateLessThanEquals\` \`DateGreaterThan\` \`DateGreaterThanEquals\` | \`2026-01-31\`, \`2026-01-31T08:00:00Z\`; times of day with \`bridge:TimeOfDay\` |
| \`Bool\` | \`true\`, \`false\` |
| \`IpAddress\` \`NotIpAddress\` | addresses and ranges, IPv4 and IPv6 |
| \`TimeWithin\` \`TimeNotWithin\` | spans of the week's clock, see below |
| \`Null\` | \`true\`: the key must be absent; \`false\`: it must be there |

All but \`Null\` may end in \`IfExists\` and begin with \`ForAnyValue:\` or \`ForAllValues:\`.

| key | what it is |
|---|---|
| \`saml:NAME\` | the attribute of that name, whatever the protocol; all its values |
| \`bridge:SourceIp\` | the address that asks |
| \`bridge:UserAgent\` | what the program says of itself |
| \`bridge:Channel\` | the door, see below |
| \`bridge:Agent\` | the AI agent that asks; absent when none does ([agents](agents.md)) |
| \`bridge:IdentityProvider\` | its name among the \`identityProviders\` |
| \`bridge:MultiFactorAuthPresent\` | whether the sign-in had a second factor |
| \`bridge:MultiFactorAuthAge\` | seconds since then; absent without a second factor |
| \`bridge:AuthnContext\` | how the person signed in, one value: AuthnContextClassRef, \`acr\` by OpenID Connect. \`amr\` is the attribute \`saml:amr\` |
| \`bridge:AuthnAge\` | seconds since the person signed in at their provider; absent when it does not say |
| \`bridge:Reason\` | the purpose that is said when a role is taken (\`--purpose\`, \`"purpose"\`). Absent while nobody has said one: a rule that wants it is not among a person's roles, but gives its role to who asks for it with a purpose |
| \`bridge:AccountTag/KEY\` | that tag of the account which the role is in ([many accounts](many-accounts.md)); absent where it has none |
| \`bridge:CurrentTime\` | now |
| \`bridge:Weekday\` | \`Mon\` to \`Sun\`, in \`timeZone\` |
| \`bridge:TimeOfDay\` | \`00:00\` to \`23:59\`, in \`timeZone\` |
| \`bridge:LocalTime\` | day and time, \`Fri 22:15\`, in \`timeZone\`: for \`TimeWithin\` |

**Variables.** Values of \`String…\` and \`Arn…\` operators may hold \`\${user}\`, \`\${idp}\` and \`\${attribute.NAME}\`, and IAM's
\`\${*}\` \`\${?}\` \`\${$}\` for the characters themselves: \`StringEquals: { 'saml:owner': '\${user}' }\`. What a variable brings is
text: a person who is called \`*\` is no wildcard. A variable without a value, with an empty one, or with several, leaves its comparison
undecided. Everything else with \`\${\` is a fault, IAM's default values and the groups of \`match:\` among them.

**Windows of time.** A span such as \`Mon-Fri 22:00-06:00\` begins on the days that it names, and ends on the day after when
it goes over midnight: the night of Friday ends on Saturday at 06:00, and there is none on Saturday. Days are \`Mon\`,
\`Mon-Fri\`, \`Tue,Sat-Sun\`, or left out for every day. The clock of \`timeZone\` counts, also in a night in which it is turned.

\`\`\`yaml
timeZone: Europe/Berlin
rules:
  - id: night-shift
    match: { groups: '^night-shift$' }
    condition:
      TimeWithin: { 'bridge:LocalTime': ['Mon-Fri 22:00-06:00', 'Sat-Sun 00:00-24:00'] }
    grant:
      role: 'arn:aws:iam::111122223333:role/Operator'
      maxDuration: 8h
      untilWindowEnds: true                # at AWS too: at 06:00 the credentials can do nothing more
\`\`\`

With \`untilWindowEnds\` the credentials last no longer than the window, and a session policy has AWS refuse everything from its
end on, because AWS hands nothing out for less than 15 minutes. Any window of the calendar ends so
(\`bridge:LocalTime\`, \`bridge:TimeOfDay\`, \`bridge:Weekday\`, \`bridge:CurrentTime\`); a rule that denies from some hour on ends
nothing that is out already.

**Where credentials work.** \`pinToSourceIp\` ties them to the address that asked. \`pinTo\` ties them to your networks, wherever they
were handed to:

\`\`\`yaml
rules:
  - id: deploy
    match: { groups: '^deployers$' }
    grant:
      role: 'arn:aws:iam::111122223333:role/Deploy'
      pinTo:
        networks: [203.0.113.0/24]         # public addresses, as AWS sees them
        endpoints: [vpce-0123456789abcdef0] # or through this VPC endpoint,
        vpcNetworks: [10.20.0.0/16]        # from these addresses in its VPC
\`\`\`

AWS services that act for the person are let through (\`aws:ViaAWSService\`). Both cost room in the session policy, of which
AWS takes 2,048 characters; \`check\` counts.

**Absent and several values** count as in IAM: on an absent key \`Not…\`, \`…IfExists\` and \`ForAllValues:\` hold,
everything else does not, \`ForAnyValue:…IfExists\` neither.

**Undecided** is a comparison whose value the operator cannot read (\`n/a\` as a number, a name as an ARN). It never lets
anybody in: a rule that allows does not, one that denies does.

\`bridge:Channel\` is the door by which a role is taken. Several words can be true at once; a rule with any of them holds
then, and \`Not…\` holds when none is.

| value | true of |
|---|---|
| \`portal\` | credentials on the bridge's own pages |
| \`console\` | a link into the AWS console, from the pages and from the API alike |
| \`cli\` and \`api\` | everything that comes with a token to \`/api/v1\`, console links too: the command line is such a program, and what a program says of itself proves nothing, so the two always go together |
| \`aws-sso\` | \`aws sso login\` and AWS SDKs, over the protocol of IAM Identity Center |
| \`workload\` | whatever a program does with a session that its platform vouched for ([workloads](workloads.md)); \`cli\` and \`api\` are true of it as well |
| \`tile\` | whatever the door: the sign-in began at the identity provider, not here; also for programs let in during it |

\`\`\`yaml
rules:
  - id: payments                           # the group names account and role; the department must fit too
    match:
      groups: '^aws-(?<account>\\d{12})-(?<role>[\\w+=,.@-]+)$'
      department: ['^Payments$', '^Billing$']
    grant:
      role: 'arn:aws:iam::\${account}:role/\${role}'
      duration: 1h                         # unless somebody asks for more,
      maxDuration: 4h                      # up to this
      tags: { Team: '\${attribute.department|safe}' }
      transitiveTags: [Team]
      sourceIdentity: '\${user|safe}'
      policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess']       # narrows what the role may do
    condition:
      Bool: { 'bridge:MultiFactorAuthPresent': true }
      IpAddress: { 'bridge:SourceIp': [192.0.2.0/24, '2001:db8::/32'] }
      StringEquals: { 'bridge:Weekday': [Mon, Tue, Wed, Thu, Fri] }
  - id: no-contractors-in-production       # wins over every rule that allows
    effect: deny
    match: { employeeType: '(?i)^contractor$' }
    roles: 'arn:aws:iam::111122223333:role/*'
\`\`\`

## A second factor, as AWS sees it
\`aws:MultiFactorAuthPresent\` and \`aws:MultiFactorAuthAge\` are absent in every session that came by SAML, whatever the
person did: a policy in AWS that asks for them denies everybody, or nobody when it says \`…IfExists\`. Ask in the rule,
and hand the fact on as a session tag:

\`\`\`yaml
rules:
  - id: admin-with-second-factor
    match: { groups: '^platform$' }
    condition: { Bool: { 'bridge:MultiFactorAuthPresent': true } }
    grant: { role: 'arn:aws:iam::111122223333:role/Platform', tags: { MFA: 'true' } }
  - id: admin-without                    # the same role; policies in AWS see no tag
    match: { groups: '^platform$' }
    grant: { role: 'arn:aws:iam::111122223333:role/Platform' }
\`\`\`

A policy in AWS then says \`"Condition": {"StringEquals": {"aws:PrincipalTag/MFA": "true"}}\`. The role's trust policy must
allow \`sts:TagSession\` and should name the bridge's provider alone, or somebody else could set that tag.

## Every key
\`*\` is a name that you choose, \`[]\` an entry of a list. *Needed*: wherever its block stands.
`

const idp = 'identityProviders.*'
const grant = 'rules[].grant'

export const words: Readonly<Record<string, string>> = {
  baseUrl:
    'The only public origin, without a path: `https://aws.corp.example`. Cookies and links derive from it. http for localhost only.',
  listen: 'Address and port.',
  trustProxy: 'Proxies in front whose `X-Forwarded-For` counts.',
  'tls.key': 'PEM file, to serve TLS without a proxy.',
  'tls.cert': 'PEM file, with the chain.',
  secret:
    '32 characters at least, `openssl rand -base64 32`. Encrypts what is stored, signs cookies. Of a list the first encrypts, all decrypt.',
  watch:
    'Read the configuration again when one of its files changes: this one, keys, certificates, metadata. See [operations](operations.md#a-changed-configuration).',
  store:
    '`embedded:FOLDER`, `postgres://user:${DB_PASSWORD}@host/database`, `redis://…`, `rediss://…`, `redis+sentinel://…`, `redis+cluster://…` ([which](operations.md#store)).',
  'session.maxAge': 'After this time people sign in again.',
  'session.idle': 'And earlier, after this time without a request.',
  timeZone: 'For `bridge:LocalTime`, `bridge:Weekday` and `bridge:TimeOfDay`.',
  'audit.stdout':
    'Audit records on standard output, as JSON lines. Beside `audit.file` a copy that decides nothing; alone it is the trail.',
  'audit.file': 'And in a file, chained by hashes. One of the three is needed.',
  'audit.database':
    '`required`: the PostgreSQL database of `history` is part of the audit trail, and nothing is handed out that is not in it ([history](history.md)).',
  history:
    'Where events can be searched: `sqlite:FILE`, `postgres://user:${DB_PASSWORD}@host/database`, or `off`; with a time to remember them, `{ database: …, retention: 400d }`. Default: a file beside `audit.file` ([history](history.md)).',
  node: 'What this bridge is called among those that share a history. Default: the name of the machine.',
  'audit.webhook.url':
    'Where each event is pushed as well, from a queue on the disk: at least once, in order. https; plain http on this machine alone. See [SIEM](siem.md).',
  'audit.webhook.secret':
    'Signs each request as [Standard Webhooks](https://www.standardwebhooks.com) says: `whsec_…`, from the environment. Of several each signs, while receivers learn a new one.',
  'audit.webhook.authorization': 'The header `Authorization` as the receiver wants it: `Splunk ${HEC_KEY}`.',
  'audit.webhook.format':
    'JSON lines, a JSON list, or as Splunk’s HTTP Event Collector or Elasticsearch’s `_bulk` read it.',
  'audit.webhook.batch': 'Events in a request at most.',
  'audit.webhook.required':
    'Nothing is handed out unless it is queued. Else a queue that is full or cannot be written is told in trail and metrics, and refuses nobody.',
  'delivery.folder':
    'Where things wait until a receiver has them; one process has it. Default: `delivery` in the folder of the embedded store; with another store it must be named.',
  'delivery.limit': 'Megabytes that may wait for one receiver; then it takes nothing new.',
  'notify[].kind':
    'Who reads it: an incoming webhook of Slack, a webhook of Teams’ Workflows, or a program of yours. See [messages](notify.md).',
  'notify[].name':
    'Tells channels apart: in metrics, and in the folder where messages wait. Default: the kind.',
  'notify[].url': 'From the environment, because who knows it can write there: `${SLACK_WEBHOOK}`.',
  'notify[].secret': 'For `webhook`: signs each message, as `audit.webhook.secret` does.',
  'notify[].on':
    'What it is told of: `requested`, `approved`, `denied`, `withdrawn`, `expired`, `activated`, `ended`, `break-glass`, `locked`, `unlocked`. Default: all but `withdrawn` and `unlocked`.',
  'notify[].digest':
    'When it is told, once a day, how many requests wait for somebody to allow them: a time of day, in `timeZone` or in the zone behind it, `08:00 Europe/Berlin`. Nothing waits: nothing is said.',
  'metrics.from':
    'Addresses that `GET /metrics` is answered to; it names accounts, roles and numbers of sign-ins. Default: this machine.',
  'saml.entityId':
    'Our name among identity providers. Default: `baseUrl` + `/saml/metadata`. In passthrough `urn:amazon:webservices`, unless the response names that audience anyway.',
  'saml.signingKey': 'PEM file: signs our requests.',
  'saml.signingCert': 'PEM file: its certificate, published in our metadata.',
  'saml.decryptionKeys':
    'PEM files: open encrypted assertions; reissue only. The certificate is in the same file or beside it, ending in `.crt`.',
  'saml.clockSkew': 'Difference of clocks that is tolerated; `1m` unless you say otherwise, `5m` at most.',
  'saml.maxAssertionLifetime':
    'Assertions that are valid for longer are refused; `12h` unless you say otherwise.',
  'saml.secondOpinion': 'The implementation that must find the same signed bytes. `off` is for benchmarks.',
  'saml.maxMessageSize': 'Bytes of a SAML message, before and after inflating.',
  [`${idp}.kind`]: 'Sets names and defaults. Never relaxes a check.',
  [`${idp}.label`]: 'What people read when they choose. Default: the name.',
  [`${idp}.metadata`]: 'URL or file. A URL is read again every hour.',
  [`${idp}.metadataCert`]: 'PEM file: metadata must be signed by this certificate.',
  [`${idp}.entityId`]: 'Which one, when the metadata describes several.',
  [`${idp}.allowUnsolicited`]: 'Accept answers that we did not ask for, as app tiles send them.',
  [`${idp}.unsolicitedTargets`]: 'Paths where such an answer may lead, each with all that lies below it.',
  [`${idp}.requestBinding`]: 'How our requests travel. Default: redirect, if offered.',
  [`${idp}.signRequests`]: 'Default: whenever there is a key (`saml.signingKey`).',
  [`${idp}.nameIdFormat`]: 'The format to ask for.',
  [`${idp}.singleLogout`]: 'Sign out there as well, if the metadata offers it.',
  [`${idp}.forceAuthn`]: 'Ask for the password each time.',
  [`${idp}.authnContext`]: 'Context classes that we ask for, and of which one must come back.',
  [`${idp}.maxAuthnAge`]:
    'The password must have been given within this time. Keycloak dates every authentication now, so this sees nothing there: use `forceAuthn`.',
  [`${idp}.allowSha1`]: 'Accept SHA-1. Warns at each start.',
  [`${idp}.allowCbc`]: 'Accept AES-CBC in an unsigned response. Warns at each start.',
  [`${idp}.attributes`]:
    'Short name to the attribute’s own `Name`; a name of eduPerson, inetOrgPerson or X.520 (`mail`, `isMemberOf`) finds its OID as well. `user` is who it is.',
  [`${idp}.mfaContexts`]:
    'Context classes (OpenID: `acr` values) that mean a second factor. A step-up asks for them; see [Second factor](second-factor.md).',
  [`${idp}.mfaAttribute.name`]:
    'Attribute that tells of a second factor where the context does not: its own `Name`, or a short name of `attributes`.',
  [`${idp}.mfaAttribute.values`]: 'Values that mean a second factor, any one of them.',
  [`${idp}.issuer`]:
    'The provider’s name for itself, letter by letter as its discovery document says it. A document that calls itself something else is refused.',
  [`${idp}.clientId`]: 'Under which name the provider knows the bridge.',
  [`${idp}.clientSecret`]: 'From the environment: `${OIDC_SECRET}`. Or `clientSecretFile`, or `clientKey`.',
  [`${idp}.clientSecretFile`]: 'A file that nobody else may read.',
  [`${idp}.clientKey`]: 'PEM file: requests are signed with it, and there is no secret (`private_key_jwt`).',
  [`${idp}.clientKeyId`]: 'The `kid` under which the provider knows the key.',
  [`${idp}.secretIn`]:
    'How the secret travels. Default: in the header, unless the provider takes it in the form only.',
  [`${idp}.scopes`]: 'What to ask for; `openid` is always among them.',
  [`${idp}.acrValues`]: '`acr` values that we ask for, and of which one must come back.',
  [`${idp}.mfaMethods`]: '`amr` values that mean a second factor.',
  [`${idp}.userinfo`]: 'Ask the userinfo endpoint too; what it says is added to the claims.',
  [`${idp}.audience`]:
    'The `aud` of its tokens, usually `baseUrl`. Every audience of a token must be among these: a token that others take too is refused.',
  [`${idp}.algorithms`]: 'What a token may be signed by; asymmetric ones only.',
  [`${idp}.jwks`]:
    'URL or file of the key set, where the discovery document cannot be reached or names another host. Default: what it names.',
  [`${idp}.require`]:
    'Claims and their values without which a token opens no session at all. Needed for issuers where anybody has an account (GitHub, gitlab.com).',
  [`${idp}.user`]:
    'The workload’s name in sessions, rules and the trail: a claim, or a text with claims, `github:${repository}`.',
  [`${idp}.maxTokenAge`]: 'A token that was made longer ago is refused.',
  [`${idp}.maxSession`]: 'How long a session lasts at most; it never outlives its token.',
  [`${idp}.once`]: 'Each token opens one session, by its `jti`, on all nodes together.',
  [`${idp}.ownCallback`]:
    'Have people come back to `/oidc/callback/NAME` instead of `/oidc/callback`. Needed where several OpenID providers are configured and this one does not name itself in its answers (RFC 9207): Google, Okta and Entra ID do not.',
  [`${idp}.innerHosts`]:
    'Hosts in your own network that the discovery document may name beside the issuer’s own; all others must be public.',
  'outgoing.proxy':
    'The proxy by which the bridge reaches AWS and identity providers: `http://proxy.corp.example:3128`, with `https` for TLS to the proxy itself, with `user:password@` where it wants them (from an environment variable: `${PROXY_URL}`). Default: `https_proxy`, `HTTPS_PROXY`, `http_proxy`, `HTTP_PROXY` of the environment, the first that is set; `none` ignores them. This machine itself is never reached by it.',
  'outgoing.noProxy':
    'What is reached without it: hosts (with all below them), addresses, ranges such as `10.0.0.0/8`, `host:port`, `*`. Default: `no_proxy` or `NO_PROXY` of the environment.',
  'aws.partition':
    'Which AWS. `aws-eusc` is the European Sovereign Cloud, which nobody has tried with Rolebridge: AWS does not publish its SAML audience, so write `aws.audience`.',
  'aws.region': 'Of the STS endpoint, and of accounts that name none.',
  'aws.stsEndpoint': 'Default: the region’s.',
  'aws.fallbackRegion':
    'A second region, whose STS is asked while the first does not answer (never after a refusal). After a failure the first is tried once a minute; the audit trail says `stsRegion`.',
  'aws.fallbackEndpoint': 'Its STS. Default: the region’s.',
  'aws.signInEndpoint': 'Where console links are made. Default: the partition’s.',
  'aws.consoleEndpoint': 'Where they lead. Default: the partition’s.',
  'aws.federation': 'Who signs what AWS believes: the bridge, or the identity provider.',
  'aws.provider':
    'ARN of the SAML provider in each account. Default: `arn:aws:iam::${account}:saml-provider/rolebridge`.',
  'aws.signingKey': 'PEM file; reissue only. Guard it.',
  'aws.signingCert': 'PEM file; its certificate, in `/aws/metadata.xml`.',
  'aws.audience': 'Default: the partition’s, `urn:amazon:webservices`.',
  'aws.recipient':
    'What roles compare with `SAML:aud`. Default: the partition’s, `https://signin.aws.amazon.com/saml`.',
  'aws.broker':
    'Classic broker: for an account the place of an IAM user’s long-term keys, `env:NAME` (`NAME_ACCESS_KEY_ID`, `NAME_SECRET_ACCESS_KEY`) or `file:PATH` (as `~/.aws/credentials`, 0600). [What that costs](federation-token.md).',
  'aws.useFips': 'The FIPS endpoint of STS; a fault where there is none.',
  'aws.useDualstack': 'The IPv6 endpoint of STS.',
  'accounts.*.name': 'What people read instead of twelve digits.',
  'accounts.*.color':
    'A stripe beside the account: `red`, `orange`, `yellow`, `green`, `teal`, `blue`, `indigo`, `purple`, `pink`, `brown`, `gray`.',
  'accounts.*.region': 'Region for shells and the console. Default: `aws.region`.',
  'accounts.*.tags':
    'What rules choose accounts by: `env: prod`. People see them in lists of roles and find roles by them.',
  accountsFile:
    'A file with more accounts, of the same shape as `accounts`; `rolebridge accounts import` writes it. What `accounts` says of the same account wins, key by key. `${…}` is no variable there.',
  'rules[].id': 'Stands in explanations and in the audit trail.',
  'rules[].effect': 'A rule that denies wins.',
  'rules[].match': 'Attribute to pattern or patterns.',
  'rules[].accounts':
    'For `effect: deny`: in which accounts, as in `grant`. All, and all but some, hold for accounts that nobody described as well.',
  'rules[].roles': 'For `effect: deny`: role ARNs with `*` and `?`; beside `accounts` names with them.',
  'rules[].condition': 'Operator, key, values.',
  'rules[].conditionSays':
    'What people read where the condition stands in their way: one text, or one by key, `{ bridge:SourceIp: Only from the office network. }`. Default: the condition as a sentence. See [why not](why-not.md).',
  'rules[].request.reason': 'What a reason must match; `required`: any will do.',
  'rules[].request.approvers':
    'With `request` a rule opens its roles to those alone whose request others allowed: who may allow it, as in `match`; judged when they do. See [requests](requests.md).',
  'rules[].request.approvals': 'How many different people must allow it. Nobody allows their own.',
  'rules[].request.secondFactor':
    'Whoever allows it must have signed in with a second factor at most so long ago; `true`: 15m. Default: any sign-in will do.',
  'rules[].request.pendingFor': 'What nobody answers is over then. Default: 8h.',
  'rules[].request.activateWithin': 'What was allowed and is not started is over then. Default: 1d.',
  'rules[].request.openFor':
    'How long the role is open, from its start. No credentials outlast it, at AWS either. Default: 1h.',
  'rules[].request.breakGlass': 'Who opens it at once in an emergency, with a reason; an alarm is raised.',
  [`${grant}.role`]: 'Role ARN, with variables. Or `accounts` and `roles`.',
  [`${grant}.accounts`]:
    'Where `roles` may be taken: `*`, ids and names, or tags; `not` beside tags takes away. See [many accounts](many-accounts.md).',
  [`${grant}.roles`]:
    'Roles by name, with their path if they have one, and with variables: `[Admin, audit/ReadOnly]`.',
  [`${grant}.account`]: 'The account of a federated user; with variables.',
  [`${grant}.name`]:
    'How the federated user is called in lists and rules: `arn:aws:iam::ACCOUNT:federated-user/NAME`; with variables. AWS sees the person’s name.',
  [`${grant}.via`]: 'How the role is taken.',
  [`${grant}.through`]:
    'The role, or the list of roles, from which it is taken; the first is opened by the sign-in. Role ARNs, with variables.',
  [`${grant}.externalId`]: 'The `sts:ExternalId` that the role’s trust policy asks for; with variables.',
  [`${grant}.duration`]: 'Unless somebody asks for another; `1h` unless you say otherwise.',
  [`${grant}.maxDuration`]: 'The most that anybody may ask for. The role’s MaxSessionDuration must reach it.',
  [`${grant}.sessionName`]: 'Default: the person.',
  [`${grant}.sourceIdentity`]: 'Stays through role chaining; stands in CloudTrail.',
  [`${grant}.tags`]: 'Session tags.',
  [`${grant}.transitiveTags`]: 'Those that stay through role chaining.',
  [`${grant}.policyArns`]: 'Managed policies that narrow the session: AWS’s, or of the role’s own account.',
  [`${grant}.policy`]: 'A session policy, as YAML or JSON.',
  [`${grant}.pinToSourceIp`]:
    'The credentials work only from the address they were handed to. Refused for addresses that AWS never sees: loopback, private, carrier’s NAT, and IPv6 without `aws.useDualstack`.',
  [`${grant}.pinTo.networks`]:
    'The credentials work only from these addresses and ranges, as AWS sees them, or through one of the endpoints.',
  [`${grant}.pinTo.endpoints`]: 'VPC endpoints (`vpce-…`) that requests may come through.',
  [`${grant}.pinTo.vpcNetworks`]:
    'Addresses within the VPC (`aws:VpcSourceIp`) from which they may. Only with `endpoints`.',
  [`${grant}.untilWindowEnds`]: 'The credentials end with the window of the condition, at AWS too.',
  [`${grant}.agents`]:
    'What AI agents get of this role: nothing, the role narrowed to AWS’s ReadOnlyAccess, or what people get. See [agents](agents.md).',
  include:
    'Files that hold a list of rules each, `[rules/*.yaml]`: they come behind `rules`, in the order of this list, those of one pattern by name.',
  auditors: 'As `match`: who may read everybody’s audit trail.',
  administrators:
    'As `match`, or a list of such blocks: who may end sessions of others and lock people. A block with `workload: NAME` is for programs that this provider vouches for.',
  'people.keep':
    'How long it is kept who signed in, with what their identity provider said, since they did last. See [people](people.md).',
  'review.administratorRoles':
    'Roles that may change a great deal, by name or whole ARN, with `*` and `?`: [reviews](review.md) say who has one without a condition, or for long. Default: a guess by the words of their names.',
  explain:
    'Which rules people see when they ask why: those that concern them, or all with their patterns and roles. Auditors see all. See [why not](why-not.md).',
  'support.name': 'Whom people ask when they are refused: stands wherever they are.',
  'support.email': 'Becomes a link. Of both the `url` is shown.',
  'support.url': 'An `https://` address, of a form for instance.',
}
