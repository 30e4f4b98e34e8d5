import { type Attributes, attributeValues, type Identity, Refusal } from '../../core/index.ts'
import type { Proven } from './id-token.ts'
import type { OpenIdProviderOptions } from './options.ts'

type Claims = Readonly<Record<string, unknown>>

/** Claims that speak of the token, not of the person. */
const ofTheToken = new Set(
  'iss aud azp exp iat nbf jti nonce at_hash c_hash s_hash auth_time sid _claim_names _claim_sources __proto__'.split(
    ' ',
  ),
)

/** Where claims nest deeper, or their path is longer, no rule follows them. */
const deepest = 4
const longestPath = 256

/** Attributes of one person: what nests is spread out, and half a megabyte of it must not become gigabytes of names. */
const most = 1000

/**
 * The person, from claims that are proven: `sub` is the NameID, everything else an attribute. A claim that nests is named by its
 * path (`realm_access.roles`). Throws `Refusal` when nobody is named, or the groups are only pointed at.
 */
export function identityOf(
  provider: string,
  claims: Claims,
  proven: Proven,
  options: OpenIdProviderOptions,
): Identity {
  const { subject, authnInstant, authnInstantUnsaid, acr, mfa, sessionIndex } = proven
  checkOverage(claims, options)
  const { user: _, ...short } = options.attributes
  const own = attributesOf(claims)
  // A configured name reads the claim it stands for; it never reads one that merely has the short name.
  const named = Object.entries(short).map(([name, claim]) => [name, attributeValues(own, claim)] as const)
  return {
    provider,
    protocol: 'openid',
    issuer: options.issuer,
    user: userOf(own, subject, options),
    nameId: subject,
    ...(sessionIndex !== undefined && { sessionIndex }),
    attributes: { ...own, ...Object.fromEntries(named) },
    authnInstant,
    ...(authnInstantUnsaid && { authnInstantUnsaid: true as const }),
    ...(acr !== undefined && { authnContext: acr }),
    mfa,
  }
}

/** A claim called `a.b` and a block `a` with `b` in it would pass for each other. */
function onceEach(named: readonly (readonly [string, readonly string[]])[]): Attributes {
  const attributes = Object.fromEntries(named)
  if (Object.keys(attributes).length === named.length) return attributes
  const names = named.map(([name]) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index) ?? ''
  throw new Refusal('duplicate_claim', `two claims come under the name ${twice.slice(0, 100)}`)
}

function attributesOf(claims: Claims): Attributes {
  const found: [string, readonly string[]][] = []
  for (const [name, value] of Object.entries(claims)) {
    if (!ofTheToken.has(name)) spread(name, value, 1, found)
  }
  return onceEach(found)
}

/** A claim as lists of text; blocks within are named by their path. */
function spread(name: string, value: unknown, depth: number, found: [string, readonly string[]][]): void {
  if (name.length > longestPath) return
  if (isPlain(value) || Array.isArray(value)) {
    if (found.length >= most) throw new Refusal('malformed_message', `there are more than ${most} claims`)
    found.push([name, [value].flat().filter(isPlain).map(String)])
  } else if (typeof value === 'object' && value !== null && depth < deepest) {
    for (const [inner, one] of Object.entries(value)) spread(`${name}.${inner}`, one, depth + 1, found)
  }
}

const isPlain = (value: unknown): value is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof value)

/**
 * Entra ID lists two hundred groups at most; beyond, it points to Microsoft Graph (`_claim_names`, `hasgroups`). Whoever
 * followed would need rights there; whoever ignored it would miss the very groups that rules deny.
 */
function checkOverage(claims: Claims, { attributes }: OpenIdProviderOptions): void {
  const pointedAt = Object.keys(Object(claims._claim_names))
  const wanted = ['groups', ...Object.values(attributes)]
  const missing =
    pointedAt.find((name) => wanted.includes(name) && claims[name] === undefined) ??
    (String(claims.hasgroups) === 'true' && claims.groups === undefined ? 'groups' : undefined)
  if (missing === undefined) return
  throw new Refusal(
    'attribute_overage',
    `${missing} are too many to be listed, and only pointed at (_claim_names, hasgroups): in Entra ID, have the ` +
      'application list "Groups assigned to the application" (groupMembershipClaims: ApplicationGroup), or use app roles',
  )
}

/**
 * Who it is: the claim that `attributes.user` names, else the login name, else a verified address, else `sub`. An address
 * that the provider itself calls unverified names nobody: people choose it themselves (OpenID Connect Core §5.7).
 */
function userOf(own: Attributes, subject: string, { attributes }: OpenIdProviderOptions): string {
  // What the provider says of the address counts as yes in one way, and as no in any other.
  const saidOfAddress = attributeValues(own, 'email_verified')
  const verified = saidOfAddress.length === 1 && saidOfAddress[0] === 'true'
  const unverified = Object.hasOwn(own, 'email_verified') && !verified
  const wanted = attributes.user
  if (wanted !== undefined) {
    const [user = '', ...more] = attributeValues(own, wanted)
    if (user === '' || more.length > 0)
      throw nobody(`the claim ${wanted} (attributes.user) has ${user === '' ? 'no value' : 'several values'}`)
    if (wanted === 'email' && unverified)
      throw nobody('the provider says that the address is not verified (email_verified)')
    return bounded(user)
  }
  const [login] = attributeValues(own, 'preferred_username')
  if (login) return bounded(login)
  const [address] = attributeValues(own, 'email')
  return bounded(address && verified ? address : subject)
}

function bounded(user: string): string {
  if (user.length <= 256 && !/[\x00-\x1f\x7f]/.test(user)) return user
  throw nobody('the name is longer than 256 characters, or has control characters')
}

const nobody = (detail: string) => new Refusal('user_attribute', detail)
