import type { SignInWords } from '../../core/index.ts'
import { idpKinds } from '../idps/index.ts'
import type { IdpKind } from '../idps/kind.ts'
import type { TrustedProvider } from '../judge/trust.ts'
import type { MetadataSource } from '../metadata/metadata-source.ts'
import type { IdentityProviderOptions } from '../options.ts'

/**
 * Joins configuration and metadata; computed anew only when metadata changed. Whoever serves one provider's metadata
 * could write another's entity ID into it, with keys of their own: such a name is believed of the provider for which
 * the configuration says so, and else of none.
 */
export function trustedProviders(
  configured: Readonly<Record<string, IdentityProviderOptions>>,
  sources: ReadonlyMap<string, MetadataSource>,
): () => readonly TrustedProvider[] {
  let seen: readonly unknown[] = []
  let trusted: readonly TrustedProvider[] = []
  return () => {
    const now = [...sources.values()].map((source) => source.current())
    if (now.length === seen.length && now.every((metadata, index) => metadata === seen[index])) return trusted
    const all = [...sources].flatMap(([name, source]) => {
      const options = configured[name]
      const metadata = source.current()
      if (options === undefined || metadata === undefined) return []
      return [toTrusted(name, options, metadata.entityId, metadata.keys)]
    })
    trusted = all.filter((one) => !isUsurped(one, all, configured))
    seen = now
    return trusted
  }
}

function isUsurped(
  one: TrustedProvider,
  all: readonly TrustedProvider[],
  configured: Readonly<Record<string, IdentityProviderOptions>>,
): boolean {
  const isNamed = ({ name }: TrustedProvider) => configured[name]?.entityId !== undefined
  return all.some(
    (other) =>
      other.entityId === one.entityId && !sameKeys(other.keys, one.keys) && (isNamed(other) || !isNamed(one)),
  )
}

/** One identity provider under two names is no other: it has the same keys. */
export function sameKeys(these: TrustedProvider['keys'], those: TrustedProvider['keys']): boolean {
  return these.length === those.length && these.every((key) => those.some((other) => other.equals(key)))
}

/**
 * Context classes that stand for a second factor unless kind or configuration name others: those whose definition
 * says so (SAML Authentication Context §3.4; REFEDS MFA). TimeSyncToken is one factor, what the person has.
 */
export const defaultMfaContexts: readonly string[] = [
  'https://refeds.org/profile/mfa',
  'http://schemas.microsoft.com/claims/multipleauthn',
  'urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract',
  'urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorUnregistered',
  'urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI',
]

function mfaContextsOf({ kind, mfaContexts }: Words): readonly string[] {
  const known: IdpKind = idpKinds[kind]
  return mfaContexts ?? known.mfaContexts ?? defaultMfaContexts
}

type Words = Pick<IdentityProviderOptions, 'kind' | 'mfaContexts' | 'mfaAttribute' | 'authnContext'>

/**
 * How this provider says that somebody used a second factor, and how it is asked for one. Values that only an attribute
 * has (`mfa`) are no contexts: such a list is recognised, and the kind's own context is asked for.
 */
export function wordsOf(options: Words): SignInWords {
  const kind: IdpKind = idpKinds[options.kind]
  const mfaContexts = mfaContextsOf(options)
  const own = kind.mfaContexts ?? []
  const contexts = mfaContexts.filter((one) => one.includes(':') || own.includes(one))
  const askable = options.mfaContexts && contexts.length > 0 ? contexts : (kind.asks ?? contexts)
  const { authnContext: required } = options
  const asks = kind.takesNoWish ? [] : askable
  return {
    mfaContexts,
    asks: asks.filter((one) => required.length === 0 || required.includes(one)),
    saysMfa: mfaContexts.length > 0 || (options.mfaAttribute ?? kind.mfaAttribute) !== undefined,
    required,
  }
}

/** An identity provider as judging needs it, from its configuration, its kind and the keys of its metadata. */
export function toTrusted(
  name: string,
  options: IdentityProviderOptions,
  entityId: string,
  keys: TrustedProvider['keys'],
): TrustedProvider {
  const kind: IdpKind = idpKinds[options.kind]
  const { user, ...attributes } = { ...kind.attributes, ...options.attributes }
  return {
    name,
    entityId,
    keys,
    allowSha1: options.allowSha1,
    allowCbc: options.allowCbc,
    allowUnsolicited: options.allowUnsolicited,
    ...(options.maxAuthnAge !== undefined && { maxAuthnAge: options.maxAuthnAge * 1000 }),
    authnContext: options.authnContext,
    mfaContexts: mfaContextsOf(options),
    mfaAttribute: options.mfaAttribute ?? kind.mfaAttribute,
    attributes,
    user:
      user === undefined ? { required: false, names: kind.user ?? [] } : { required: true, names: [user] },
  }
}
