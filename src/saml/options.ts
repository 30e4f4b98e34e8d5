import { z } from 'zod'
import { parseDuration, readLocalPath } from '../core/index.ts'
import { idpKindNames, idpKinds } from './idps/index.ts'
import { opinionNames } from './opinions/index.ts'

/** `8h`, `45m`, `3600`: becomes seconds. */
const duration = z.union([z.string(), z.number()]).transform((value, context) => {
  const seconds = parseDuration(String(value))
  if (seconds !== undefined && seconds > 0) return seconds
  context.addIssue({ code: 'custom', message: 'is no duration; write for example 45m or 8h' })
  return z.NEVER
})

/** Written as it is compared: what normalising would change is another path than it looks. */
const localPath = z
  .string()
  .refine(
    (text) => readLocalPath(text)?.pathname === text,
    'must be a plain path such as /console, without query, .., doubled or encoded slashes',
  )

/** `saml:` of the configuration: how we present ourselves as a service provider. */
export const samlOptions = z.strictObject({
  /** Default: `${baseUrl}/saml/metadata`. */
  entityId: z.string().min(1).max(1024).optional(),
  signingKey: z.string().optional(),
  signingCert: z.string().optional(),
  decryptionKeys: z.array(z.string()).default([]),
  /** Seconds of clock difference tolerated between us and an identity provider. */
  clockSkew: duration.refine((s) => s <= 300, 'may be 5m at the most').default(60),
  /** An assertion valid for longer than this is refused. */
  maxAssertionLifetime: duration.default(12 * 3600),
  /** Which other implementation must find the same signed bytes before a sign-in is accepted. */
  secondOpinion: z.enum(opinionNames).default('libxml2-wasm'),
  /** Largest SAML message in bytes, before and after inflating. */
  maxMessageSize: z.number().int().min(10_000).max(10_000_000).default(1_000_000),
})
export type SamlOptions = z.output<typeof samlOptions>

/** One entry of `identityProviders:`. */
export const identityProviderOptions = z.strictObject({
  /** Which kind of identity provider it is: sets names and defaults. */
  kind: z
    .enum(idpKindNames)
    .default('generic')
    // An absent kind must choose this member where the configuration knows other ones.
    .optional()
    .transform((kind) => kind ?? 'generic'),
  /** Shown on the chooser; default: the entry's name. */
  label: z.string().min(1).max(80).optional(),
  /** URL or file of the identity provider's metadata. */
  metadata: z.string().min(1),
  /** PEM certificate of who signs the metadata: unsigned or otherwise signed metadata is then refused. */
  metadataCert: z.string().min(1).optional(),
  /** Which entity to take when the metadata holds several. */
  entityId: z.string().optional(),
  /** Accept responses we did not ask for (app tiles). */
  allowUnsolicited: z.boolean().default(false),
  /** Local paths that the RelayState of an unsolicited response may name, each with all that lies below it. */
  unsolicitedTargets: z.array(localPath).default(['/']),
  /** How AuthnRequests travel; default: redirect when the identity provider offers it. */
  requestBinding: z.enum(['redirect', 'post']).optional(),
  /** Sign AuthnRequests; default: whenever there is a key. */
  signRequests: z.boolean().optional(),
  nameIdFormat: z.string().optional(),
  /** Tell the identity provider when somebody signs out here, if its metadata offers single logout. */
  singleLogout: z.boolean().default(true),
  forceAuthn: z.boolean().default(false),
  /** Context classes to request and to require, any one of them. */
  authnContext: z.array(z.string().min(1)).default([]),
  /** The person must have authenticated within this time. */
  maxAuthnAge: duration.optional(),
  /** Accept SHA-1 signatures and digests. Logs a warning at every start. */
  allowSha1: z.boolean().default(false),
  /** Accept assertions encrypted with AES-CBC in a Response that is not signed. Logs a warning at every start. */
  allowCbc: z.boolean().default(false),
  /** Short names for attributes: `groups: http://schemas.xmlsoap.org/claims/Group`. `user` names the person. */
  attributes: z.record(z.string(), z.string().min(1)).default({}),
  /** Context classes (or `authnmethodsreferences` values) that mean a second factor was used. */
  mfaContexts: z.array(z.string().min(1)).optional(),
  /** Attribute that tells of a second factor where the context does not, and its values that mean one. */
  mfaAttribute: z
    .strictObject({ name: z.string().min(1).max(1024), values: z.array(z.string().min(1)).min(1) })
    .optional(),
})
export type IdentityProviderOptions = z.output<typeof identityProviderOptions>

/** Names under which rules may ask for attributes of this provider: its short names, and what they stand for. */
export function attributesOfOptions({ kind, attributes }: IdentityProviderOptions): readonly string[] {
  const { user: _, ...named } = { ...idpKinds[kind].attributes, ...attributes }
  return Object.entries(named).flat()
}
