import { checkPolicy } from '../policy/index.ts'
import type { Finding } from './fault.ts'
import { isLoopback, type Options } from './options.ts'
import { providersByKind } from './providers.ts'

/** What a check may look at: the parts that are valid by themselves, and the file as it was written. */
export type Parts = Partial<Options> & { readonly written: Readonly<Record<string, unknown>> }

type CrossCheck = (parts: Parts) => readonly Finding[]

/** What must fit together. A check whose parts are missing says nothing. */
export const crossChecks: readonly CrossCheck[] = [
  httpsNeedsTls,
  plainHttpStaysLocal,
  idleWithinMaxAge,
  historyHasItsSource,
  secretsDiffer,
  someProvider,
  metadataFromSafePlace,
  keysComeInPairs,
  signedRequestsNeedKey,
  federationHasItsKeys,
  passthroughStaysReadable,
  passthroughNeedsResponses,
  clientsProveThemselves,
  workloadIssuersDiffer,
  rulesFitTogether,
  conditionsNameProviders,
  queuesHaveAPlace,
]

function httpsNeedsTls({ baseUrl, tls, trustProxy }: Parts): readonly Finding[] {
  if (!baseUrl?.startsWith('https:') || tls || trustProxy !== 0) return []
  const message = 'is https, but nothing here speaks TLS: set trustProxy when a proxy does, or tls'
  return [{ path: ['baseUrl'], message }]
}

function plainHttpStaysLocal({ baseUrl, tls, listen }: Parts): readonly Finding[] {
  if (!baseUrl?.startsWith('http:')) return []
  const findings: Finding[] = []
  if (tls) findings.push({ path: ['tls'], message: 'makes baseUrl https, but it says http', aboutKey: true })
  if (listen && !isLoopback(listen.host))
    findings.push({
      path: ['listen'],
      message: 'must be a local address while baseUrl is plain http, such as 127.0.0.1:8080',
    })
  return findings
}

function idleWithinMaxAge({ session }: Parts): readonly Finding[] {
  if (!session || session.idle <= session.maxAge) return []
  return [{ path: ['session', 'idle'], message: 'is longer than maxAge' }]
}

function historyHasItsSource({ audit, history }: Parts): readonly Finding[] {
  if (!audit || !history) return []
  const { database = 'off' } = history
  const onServer = database.startsWith('postgres')
  if (audit.database === 'required' && !onServer) {
    const message = 'needs a server that it may require: name it in history, postgres://…'
    return [{ path: ['audit', 'database'], message }]
  }
  if (database === 'off' || audit.file !== undefined || audit.database === 'required') return []
  const message = `is read from the audit file, and there is none: set audit.file${onServer ? ', or audit.database: required' : ''}`
  return [{ path: ['history'], message }]
}

function secretsDiffer({ secret }: Parts): readonly Finding[] {
  if (!secret || new Set(secret).size === secret.length) return []
  return [{ path: ['secret'], message: 'names the same secret twice' }]
}

function someProvider({ identityProviders }: Parts): readonly Finding[] {
  if (!identityProviders || Object.keys(identityProviders).length > 0) return []
  return [{ path: ['identityProviders'], message: 'names none, so nobody could sign in' }]
}

function metadataFromSafePlace({ identityProviders = {} }: Parts): readonly Finding[] {
  return Object.entries(providersByKind(identityProviders).saml).flatMap(([name, { metadata }]) => {
    const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(metadata)?.[1]?.toLowerCase()
    if (scheme === undefined || scheme === 'https') return []
    const local = scheme === 'http' && URL.canParse(metadata) && isLoopback(new URL(metadata).hostname)
    const message = 'must be https or a file: whoever can change it can sign in as anybody'
    return local ? [] : [{ path: ['identityProviders', name, 'metadata'], message }]
  })
}

function keysComeInPairs({ saml }: Parts): readonly Finding[] {
  if (!saml || (saml.signingKey === undefined) === (saml.signingCert === undefined)) return []
  return saml.signingKey === undefined
    ? [{ path: ['saml', 'signingCert'], message: 'has no signingKey beside it' }]
    : [{ path: ['saml', 'signingKey'], message: 'has no signingCert beside it' }]
}

function signedRequestsNeedKey({ saml, identityProviders = {} }: Parts): readonly Finding[] {
  if (!saml || saml.signingKey !== undefined) return []
  return Object.entries(providersByKind(identityProviders).saml)
    .filter(([, { signRequests }]) => signRequests)
    .map(([name]) => ({
      path: ['identityProviders', name, 'signRequests'],
      message: 'needs saml.signingKey and saml.signingCert',
    }))
}

function federationHasItsKeys({ aws, written }: Parts): readonly Finding[] {
  if (!aws) return []
  const given = (name: string) => Object.hasOwn(Object(written.aws), name)
  const keys = ['signingKey', 'signingCert'] as const
  if (aws.federation === 'passthrough') {
    const message = 'has no place in passthrough, where the corporate identity provider is the one IAM trusts'
    return [...keys, 'provider'].filter(given).map((key) => ({ path: ['aws', key], message, aboutKey: true }))
  }
  return keys
    .filter((key) => !given(key))
    .map((key) => ({
      path: ['aws', key],
      message: 'is missing: with federation: reissue the bridge signs what AWS reads',
    }))
}

/** AWS is handed the response as it came, and what is encrypted for the bridge AWS cannot open. */
function passthroughStaysReadable({ aws, saml }: Parts): readonly Finding[] {
  if (aws?.federation !== 'passthrough' || !saml || saml.decryptionKeys.length === 0) return []
  const message =
    'has no place in passthrough: AWS reads the identity provider’s own response and cannot open what is ' +
    'encrypted for the bridge; remove it, and turn encryption off at the identity provider ' +
    '(AD FS: Set-AdfsRelyingPartyTrust -EncryptClaims $false)'
  return [{ path: ['saml', 'decryptionKeys'], message, aboutKey: true }]
}

/** Passthrough hands AWS the identity provider's own SAML response; an OpenID provider sends none. */
function passthroughNeedsResponses({ aws, identityProviders = {} }: Parts): readonly Finding[] {
  if (aws?.federation !== 'passthrough') return []
  const message =
    'needs aws.federation: reissue, where the bridge signs what AWS reads: passthrough hands on the SAML response of ' +
    'the identity provider, and an OpenID provider sends none'
  return Object.keys(providersByKind(identityProviders).openId).map((name) => ({
    path: ['identityProviders', name, 'kind'],
    message,
  }))
}

/** One proof and no other: with two it would be unclear which one the provider is shown. */
function clientsProveThemselves({ identityProviders = {} }: Parts): readonly Finding[] {
  const proofs = ['clientSecret', 'clientSecretFile', 'clientKey'] as const
  return Object.entries(providersByKind(identityProviders).openId).flatMap(([name, provider]) => {
    const given = proofs.filter((key) => provider[key] !== undefined)
    const path = ['identityProviders', name]
    const [first, second] = given
    if (first === undefined)
      return [{ path: [...path, 'clientId'], message: `has no proof beside it: one of ${proofs.join(', ')}` }]
    if (second !== undefined)
      return [
        { path: [...path, second], message: `stands beside ${first}; one of them is enough`, aboutKey: true },
      ]
    if (provider.clientKeyId !== undefined && first !== 'clientKey')
      return [{ path: [...path, 'clientKeyId'], message: 'has no clientKey beside it', aboutKey: true }]
    return []
  })
}

/** Which provider a token is of is told by its issuer alone. */
function workloadIssuersDiffer({ identityProviders = {} }: Parts): readonly Finding[] {
  const seen = new Map<string, string>()
  return Object.entries(providersByKind(identityProviders).workload).flatMap(([name, { issuer }]) => {
    const before = seen.get(issuer)
    seen.set(issuer, before ?? name)
    if (before === undefined) return []
    const message = `is the issuer of ${before} already; put what both require into one provider, and tell them apart in rules`
    return [{ path: ['identityProviders', name, 'issuer'], message }]
  })
}

/** What is pushed to others waits on a disk, which a store elsewhere does not have. */
function queuesHaveAPlace({ audit, notify = [], delivery, store }: Parts): readonly Finding[] {
  if ((audit?.webhook === undefined && notify.length === 0) || delivery === undefined || !store) return []
  if (delivery.folder !== undefined || store.startsWith('embedded:')) return []
  const message =
    'needs delivery.folder: events wait on a disk until the receiver has them, and this store has none'
  const path = audit?.webhook === undefined ? ['notify'] : ['audit', 'webhook']
  return [{ path, message, aboutKey: true }]
}

function rulesFitTogether({ rules, accounts, aws }: Parts): readonly Finding[] {
  return rules && aws ? checkPolicy({ rules, accounts, aws }) : []
}

function conditionsNameProviders({ rules = [], identityProviders }: Parts): readonly Finding[] {
  if (!identityProviders) return []
  return rules.flatMap(({ condition }, index) =>
    Object.entries(condition).flatMap(([operator, keys]) => {
      const unknown = operator.includes('Like')
        ? undefined
        : keys['bridge:IdentityProvider']?.find(
            (name) => !name.includes('${') && !Object.hasOwn(identityProviders, name),
          )
      if (unknown === undefined || operator === 'Null') return []
      const path = ['rules', index, 'condition', operator, 'bridge:IdentityProvider']
      return [{ path, message: `names "${unknown}", which is not among the identityProviders` }]
    }),
  )
}
