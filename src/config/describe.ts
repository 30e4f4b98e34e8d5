import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { formatDuration, type Warning, type WarningCode } from '../core/index.ts'
import { attributesOfOpenIdOptions, attributesOfWorkloadOptions } from '../oidc/index.ts'
import { describeProxy } from '../outgoing/index.ts'
import { describePolicy } from '../policy/index.ts'
import { attributesOfOptions } from '../saml/index.ts'
import { describePlaces } from '../sts/index.ts'
import { expiryWarnings, ownCertificates } from './expiry.ts'
import { isLoopback } from './options.ts'
import type { Config } from './read.ts'

/** A configuration in plain words. */
export interface ConfigDescription {
  /** By what they are about, in the order in which people ask. */
  readonly sentences: Readonly<Record<'server' | 'people' | 'rules', readonly string[]>>
  /** What works, but is weaker or wider than it looks. */
  readonly warnings: readonly Warning[]
}

/** Says what a configuration lets happen, for `rolebridge check`. `now` is epoch milliseconds. */
export function describeConfig(config: Config, now: number): ConfigDescription {
  const policy = describePolicy(config, {
    // In passthrough the session's names are the identity providers' own.
    providers:
      config.aws.federation === 'reissue'
        ? [...Object.keys(config.providers.saml), ...Object.keys(config.providers.openId)]
        : [],
    now,
    attributes: new Set([
      ...Object.values(config.providers.saml).flatMap(attributesOfOptions),
      ...Object.values(config.providers.openId).flatMap(attributesOfOpenIdOptions),
      ...Object.values(config.providers.workload).flatMap(attributesOfWorkloadOptions),
    ]),
  })
  return {
    sentences: {
      server: serverSentences(config),
      people: providerSentences(config),
      rules: policy.sentences,
    },
    warnings: [
      ...samlWarnings(config),
      ...providerWarnings(config),
      ...pinWarnings(config),
      ...brokerWarnings(config),
      ...digestWarnings(config),
      ...describePlaces(config),
      ...policy.warnings,
      ...tlsWarnings(config),
      ...certificateWarnings(config, now),
    ],
  }
}

/** A browser would warn of the bridge as of a stranger. */
function tlsWarnings({ baseUrl, keys }: Config): readonly Warning[] {
  const { hostname } = new URL(baseUrl)
  const host = hostname.replace(/^\[|\]$/g, '')
  const cert = keys.tls && new X509Certificate(keys.tls.cert)
  if (
    cert === undefined ||
    (isIP(host) ? cert.checkIP(host) : cert.checkHost(host, { subject: 'never' })) !== undefined
  )
    return []
  const names = cert.subjectAltName ?? 'nobody'
  const message = `is for ${names}, and people ask for ${host}: no browser would go on`
  return [{ code: 'certificate-other-host', path: ['tls', 'cert'], message }]
}

function certificateWarnings({ keys }: Config, now: number): readonly Warning[] {
  return ownCertificates(keys).flatMap(({ path, notAfter }) =>
    expiryWarnings([{ name: 'its certificate', notAfter }], now).map((message) => ({
      ...{ code: 'certificate-ends' as const, path, message },
    })),
  )
}

function serverSentences({
  baseUrl,
  listen,
  tls,
  trustProxy,
  session,
  aws,
  proxy,
  audit,
  notify,
  timeZone,
}: Config): readonly string[] {
  const behind = tls
    ? 'with TLS'
    : trustProxy > 0
      ? `behind ${count(trustProxy, 'proxy', 'proxies')}`
      : 'over plain http'
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host
  const federation =
    aws.federation === 'reissue'
      ? `The bridge signs what AWS reads; IAM trusts it as ${aws.provider}.`
      : 'AWS reads the corporate identity provider’s own response; the bridge holds no key that AWS trusts.'
  return [
    `Serves ${baseUrl} on ${host}:${listen.port}, ${behind}.`,
    `A sign-in lasts ${formatDuration(session.maxAge)}, or ${formatDuration(session.idle)} without use.`,
    federation,
    ...(proxy === undefined ? [] : [describeProxy(proxy)]),
    ...(audit.webhook === undefined ? [] : [webhookSentence(audit.webhook)]),
    ...notify.flatMap(({ name, digest }) =>
      digest ? [`Tells ${name} at ${digest.time} (${digest.zone ?? timeZone}) which requests wait.`] : [],
    ),
    ...(aws.fallbackRegion === undefined
      ? []
      : [`Asks STS in ${aws.region}, and in ${aws.fallbackRegion} while that does not answer.`]),
  ]
}

function webhookSentence({ url, required }: NonNullable<Config['audit']['webhook']>): string {
  const weight = required ? 'hands nothing out that is not queued for it' : 'goes on without it'
  return `Pushes the audit trail to ${new URL(url).host}, and ${weight}.`
}

function providerSentences({ identityProviders }: Config): readonly string[] {
  return Object.entries(identityProviders).map(([name, provider]) => {
    if (provider.kind === 'oidc-workload') return workloadSentence(name, provider)
    const { label = name, maxAuthnAge } = provider
    const from = provider.kind === 'oidc' ? `issuer: ${provider.issuer}` : `metadata: ${provider.metadata}`
    const tiles = provider.kind !== 'oidc' && provider.allowUnsolicited ? ', also from app tiles' : ''
    const age =
      maxAuthnAge === undefined
        ? ''
        : `, if they proved who they are in the last ${formatDuration(maxAuthnAge)}`
    return `People sign in with ${label} (${from})${tiles}${age}.`
  })
}

function workloadSentence(
  name: string,
  { label = name, issuer, audience, require, once }: Config['providers']['workload'][string],
): string {
  const claims = Object.entries(require).map(([claim, values]) => `${claim} ${values.join(' or ')}`)
  const only = claims.length === 0 ? '' : ` with ${claims.join(' and ')}`
  return `Workloads come with tokens of ${label} (issuer: ${issuer}, for ${audience.join(' or ')})${only}${once ? ', each of which counts once' : ''}.`
}

function samlWarnings({ saml, aws, providers }: Config): readonly Warning[] {
  const warnings: Warning[] = []
  if (aws.federation === 'passthrough' && saml.entityId !== aws.audience)
    warnings.push({
      code: 'audience-not-ours',
      path: ['saml', 'entityId'],
      message:
        `is ${saml.entityId}, but IAM wants the audience ${aws.audience} in the same response, and most identity ` +
        `providers name only our entity ID there; then write entityId: ${aws.audience}`,
    })
  for (const [name, { kind, allowCbc }] of Object.entries(providers.saml))
    if (kind === 'adfs' && saml.decryptionKeys.length > 0 && !allowCbc)
      warnings.push({
        code: 'adfs-cbc',
        path: ['identityProviders', name],
        message:
          'AD FS encrypts by AES-CBC, which is accepted in a signed response only: ' +
          'Set-AdfsRelyingPartyTrust -SamlResponseSignature MessageAndAssertion',
      })
  return warnings
}

/** The one thing that makes a bridge worth stealing from when nobody is signed in. */
function brokerWarnings({ aws, rules, keys }: Config): readonly Warning[] {
  const isUsed = rules.some((rule) => rule.effect === 'allow' && rule.grant.needs === 'user-keys')
  return Object.entries(keys.brokers).map(([account, { accessKeyId }]) => ({
    code: isUsed ? 'broker-keys' : 'broker-keys-unused',
    path: ['aws', 'broker', account],
    message: isUsed
      ? `THE BRIDGE HOLDS LONG-TERM KEYS OF AWS (${accessKeyId}): whoever gets hold of this machine or its memory can do ` +
        `whatever that IAM user may, from anywhere, until the key is deleted; with federation: ${aws.federation} it need ` +
        'hold none. Give the user no more than people are to have, and change the key often'
      : `no rule hands out anything with these keys (${accessKeyId}), so they are a danger for nothing: take them away`,
  }))
}

function digestWarnings({ notify, rules }: Config): readonly Warning[] {
  if (rules.some((rule) => rule.effect === 'allow' && rule.request)) return []
  const message = 'has nothing to tell: no rule has a request'
  return notify.flatMap(({ digest }, index) =>
    digest ? [{ code: 'digest-of-nothing' as const, path: ['notify', index, 'digest'], message }] : [],
  )
}

/** Everybody who gets to a bridge of this machine alone has its loopback address. */
function pinWarnings({ listen, trustProxy, rules, aws }: Config): readonly Warning[] {
  const local = aws.stsEndpoint !== undefined && isLoopback(new URL(aws.stsEndpoint).hostname)
  if (trustProxy > 0 || !isLoopback(listen.host) || local) return []
  return rules.flatMap((rule, index) =>
    rule.effect === 'allow' && rule.grant.pinToSourceIp
      ? [
          {
            code: 'pin-to-loopback',
            path: ['rules', index, 'grant', 'pinToSourceIp'],
            message: `refuses everybody: the bridge listens on ${listen.host} and trusts no proxy, so it sees only addresses that AWS does not`,
          },
        ]
      : [],
  )
}

function providerWarnings({ providers }: Config): readonly Warning[] {
  const warnings: Warning[] = []
  for (const [name, idp] of Object.entries(providers.saml)) {
    const warn = (code: WarningCode, key: string, message: string) =>
      warnings.push({ code, path: ['identityProviders', name, key], message })
    if (idp.allowSha1)
      warn('sha1-allowed', 'allowSha1', 'SHA-1 can be forged; have the identity provider sign with SHA-256')
    if (idp.kind === 'keycloak' && idp.maxAuthnAge !== undefined)
      warn(
        'keycloak-authn-age',
        'maxAuthnAge',
        'Keycloak gives the time of its answer as AuthnInstant, however long ago the person signed in, so this refuses nobody; set forceAuthn, or shorten the session in Keycloak',
      )
    if (idp.allowCbc)
      warn('cbc-allowed', 'allowCbc', 'AES-CBC without a signed response can be tampered with; use AES-GCM')
    if (idp.allowUnsolicited)
      warn(
        'unsolicited-allowed',
        'allowUnsolicited',
        'sign-ins that were not asked for are accepted; a page elsewhere can start one',
      )
    if (idp.metadata.startsWith('http://')) warn('metadata-plain-http', 'metadata', 'comes over plain http')
  }
  return warnings
}

function count(amount: number, one: string, many: string): string {
  return `${amount} ${amount === 1 ? one : many}`
}
