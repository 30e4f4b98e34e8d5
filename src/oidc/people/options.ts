import { z } from 'zod'
import { parseDuration } from '../../core/index.ts'
import { issuerOption } from '../issuer/options.ts'

/** `8h`, `45m`, `3600`: becomes seconds. */
const duration = z.union([z.string(), z.number()]).transform((value, context) => {
  const seconds = parseDuration(String(value))
  if (seconds !== undefined && seconds > 0) return seconds
  context.addIssue({ code: 'custom', message: 'is no duration; write for example 45m or 8h' })
  return z.NEVER
})

/** A scope is visible ASCII without quote and backslash (RFC 6749 §3.3). */
const scope = z.string().regex(/^[!#-[\]-~]+$/, 'is no scope: visible characters, without space and quotes')

/** One entry of `identityProviders:` with `kind: oidc`: an OpenID provider at which people sign in. */
export const openIdProviderOptions = z.strictObject({
  kind: z.literal('oidc'),
  /** Shown on the chooser; default: the entry's name. */
  label: z.string().min(1).max(80).optional(),
  /** The provider's name for itself; its discovery document lies below it. */
  issuer: issuerOption,
  clientId: z.string().min(1).max(512),
  /** From the environment, or from a file that nobody else may read: one of the two, unless there is `clientKey`. */
  clientSecret: z.string().min(8, 'is too short for a secret').max(1024).optional(),
  clientSecretFile: z.string().min(1).optional(),
  /** PEM: instead of a secret, requests are signed (private_key_jwt, OpenID Connect Core §9). */
  clientKey: z.string().min(1).optional(),
  /** The `kid` under which the provider knows the key. */
  clientKeyId: z.string().min(1).max(256).optional(),
  /** How a secret travels; default: in the header, unless the provider takes it in the form only. */
  secretIn: z.enum(['header', 'form']).optional(),
  scopes: z.array(scope).default(['openid', 'profile', 'email']),
  /** Ask for the password each time. */
  forceAuthn: z.boolean().default(false),
  /** The person must have authenticated within this time (`max_age`). */
  maxAuthnAge: duration.optional(),
  /** `acr` values to request and to require, any one of them. */
  acrValues: z.array(z.string().min(1)).default([]),
  /** `acr` values that mean a second factor. */
  mfaContexts: z.array(z.string().min(1)).default([]),
  /** `amr` values that mean a second factor (RFC 8176). */
  mfaMethods: z.array(z.string().min(1)).default(['mfa']),
  /** Ask the userinfo endpoint for more claims. */
  userinfo: z.boolean().default(false),
  /** Short names for claims: `groups: cognito:groups`. `user` names the person. */
  attributes: z.record(z.string(), z.string().min(1)).default({}),
  /** Sign the person out there as well, if the provider offers it. */
  singleLogout: z.boolean().default(true),
  /** Have people come back to `/oidc/callback/NAME`, which no other provider shares (RFC 9700 §4.4.2.2). */
  ownCallback: z.boolean().default(false),
  /** Hosts in our own network that the discovery document may name beside the issuer's. */
  innerHosts: z.array(z.string().min(1)).default([]),
})
export type OpenIdProviderOptions = z.output<typeof openIdProviderOptions>

/** Names under which rules may ask for claims of this provider. */
export function attributesOfOpenIdOptions({ attributes }: OpenIdProviderOptions): readonly string[] {
  const { user: _, ...named } = attributes
  return ['groups', ...Object.entries(named).flat()]
}
