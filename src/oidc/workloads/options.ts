import { z } from 'zod'
import { parseDuration } from '../../core/index.ts'
import { signatureAlgorithms } from '../issuer/key-set.ts'
import { issuerOption } from '../issuer/options.ts'
import { claimsIn } from './claims.ts'

/** `10m`, `3600`: becomes seconds. */
const duration = (least: string, most: string) =>
  z.union([z.string(), z.number()]).transform((value, context) => {
    const seconds = parseDuration(String(value))
    const fits =
      seconds !== undefined && seconds >= (parseDuration(least) ?? 0) && seconds <= (parseDuration(most) ?? 0)
    if (fits) return seconds
    context.addIssue({ code: 'custom', message: `must be between ${least} and ${most}` })
    return z.NEVER
  })

const oneOrMore = z
  .union([z.string().min(1).max(512), z.array(z.string().min(1).max(512)).min(1).max(20)])
  .transform((value): readonly string[] => [value].flat())

/** Where a key set lies: a file, https, or http on this machine. */
const jwks = z
  .string()
  .min(1)
  .max(2048)
  .refine((text) => {
    const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase()
    if (scheme === undefined || scheme === 'https') return true
    return scheme === 'http' && /^http:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?:[:/]|$)/i.test(text)
  }, 'must be https or a file: whoever can change it can sign in as any workload')

const userText = z
  .string()
  .min(1)
  .max(512)
  .refine(
    (text) => !text.includes('${') || /^(?:[^$]|\$\{[^{}$|]+\})*$/.test(text),
    'must be the name of a claim, or a text with claims in it such as "github:${repository}"',
  )

/** Issuers at which anybody may have an account: their signature says whose token it is, not that it is yours. */
const publicIssuers: Readonly<Record<string, string>> = {
  'https://token.actions.githubusercontent.com': 'repository_owner_id: "1234567"',
  'https://gitlab.com': 'namespace_id: "1234567"',
  'https://accounts.google.com': 'email: robot@project.iam.gserviceaccount.com',
  'https://agent.buildkite.com': 'organization_id: …',
  'https://app.terraform.io': 'terraform_organization_id: …',
}

/** One entry of `identityProviders:` with `kind: oidc-workload`: an issuer of tokens for programs without a browser. */
export const workloadProviderOptions = z
  .strictObject({
    kind: z.literal('oidc-workload'),
    /** Shown in lists and explanations; default: the entry's name. */
    label: z.string().min(1).max(80).optional(),
    /** The `iss` of its tokens, letter by letter; its discovery document lies below it. */
    issuer: issuerOption,
    /** The `aud` of its tokens: every audience of a token must be among these. */
    audience: oneOrMore,
    /** What a signature may be made by. */
    algorithms: z.array(z.enum(signatureAlgorithms)).min(1).default(['RS256', 'ES256', 'ES384']),
    /** File or URL of the key set; default: what the discovery document names. */
    jwks: jwks.optional(),
    /** Claims that a token must have with one of these values, or it opens no session at all. */
    require: z.record(z.string().min(1).max(128), oneOrMore).default({}),
    /** Who it is, in audit and sessions: a claim, or a text with claims in it. */
    user: userText.default('sub'),
    /** A token that was made longer ago than this is refused. */
    maxTokenAge: duration('1m', '24h').prefault('1h'),
    /** How long a session lasts at most; it never outlives its token. */
    maxSession: duration('1m', '1h').prefault('1h'),
    /** Each token opens one session (by its `jti`). */
    once: z.boolean().default(false),
  })
  .superRefine(({ issuer, require }, context) => {
    const example = publicIssuers[issuer.replace(/\/$/, '')]
    if (example === undefined || Object.keys(require).length > 0) return
    const message = `is an issuer for everybody in the world: any account there gets tokens for any audience; name yours with require: { ${example} }`
    context.addIssue({ code: 'custom', path: ['issuer'], message })
  })
export type WorkloadProviderOptions = z.output<typeof workloadProviderOptions>

/** Claims that the configuration itself names; tokens have more, and rules may ask for any. */
export function attributesOfWorkloadOptions({ require, user }: WorkloadProviderOptions): readonly string[] {
  return ['sub', 'iss', 'aud', ...Object.keys(require), ...claimsIn(user)]
}
