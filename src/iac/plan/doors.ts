import type { Options } from '../../config.ts'
import { type AllowOptions, isFixed, likeOf } from '../../policy/index.ts'
import type { Sends } from './sends.ts'

/** Who may take a role, and with what: one statement of its trust policy each. */
export type Door = SamlDoor | RoleDoor | TokenDoor

interface SamlDoor {
  readonly by: 'saml'
  readonly providerArn: string
  /** `SAML:aud`: the recipient of the assertion. */
  readonly audience: string
  readonly sends: Sends
}

interface RoleDoor {
  readonly by: 'role'
  readonly roleArn: string
  /** With `*` for what people bring. */
  readonly externalId?: string | undefined
  readonly sends: Sends
}

export interface TokenDoor {
  readonly by: 'token'
  readonly issuer: string
  readonly audiences: readonly string[]
  /** Subjects as `StringLike` takes them; undefined: whoever deploys must say. */
  readonly subjects?: readonly string[] | undefined
  readonly rule: string
}

/** Issuer without its scheme, as IAM names it in ARNs and condition keys. */
export const issuerHost = (issuer: string) => issuer.replace(/^https?:\/\//, '').replace(/\/$/, '')

/** The issuers whose tokens a rule hands on to STS. */
export function tokenDoors(rule: AllowOptions, config: Options): readonly TokenDoor[] {
  const named = rule.condition.StringEquals?.['bridge:IdentityProvider']?.filter(isFixed)
  return Object.entries(config.identityProviders).flatMap(([name, provider]): readonly TokenDoor[] => {
    if (provider.kind !== 'oidc-workload' || (named && !named.includes(name))) return []
    const { issuer, audience } = provider
    return [{ by: 'token', issuer, audiences: audience, subjects: subjectsOf(rule, issuer), rule: rule.id }]
  })
}

/** The subjects that a rule means; a rule may look at other claims, of which IAM sees none. */
function subjectsOf({ match }: AllowOptions, issuer: string): readonly string[] | undefined {
  const like = (patterns: readonly string[] | undefined, around: (text: string) => string) => {
    const found = patterns?.map(likeOf)
    return found === undefined || found.includes(undefined)
      ? undefined
      : found.map((text) => around(text ?? '')).sort()
  }
  const host = issuerHost(issuer)
  return (
    like(match.sub, (text) => text) ??
    // How these two write their subjects is documented, and begins with the claim that rules usually look at.
    (host === 'token.actions.githubusercontent.com'
      ? like(match.repository, (text) => `repo:${text}:*`)
      : undefined)
  )
}
