import { isIP } from 'node:net'
import { z } from 'zod'
import { parseDuration } from '../core/index.ts'
import { deliveryOptions, notifyOptions, webhookOptions } from '../delivery/index.ts'
import { createAuditOptions } from '../events/index.ts'
import { historyOptions } from '../history/index.ts'
import { outgoingOptions } from '../outgoing/index.ts'
import {
  accountOptions,
  administratorOptions,
  auditorOptions,
  createRuleOptions,
  reviewOptions,
} from '../policy/index.ts'
import { samlOptions } from '../saml/index.ts'
import { storeOptions } from '../store/index.ts'
import { awsOptions, grants } from '../sts/index.ts'
import { providerOptions } from './providers.ts'
import { secret } from './secrets/secret.ts'
import { supportOptions } from './support.ts'

const duration = (longest: string) =>
  z.union([z.string(), z.number()]).transform((value, context) => {
    const seconds = parseDuration(String(value))
    if (seconds !== undefined && seconds >= 60 && seconds <= (parseDuration(longest) ?? 0)) return seconds
    context.addIssue({ code: 'custom', message: `must be between 1m and ${longest}, for example 8h` })
    return z.NEVER
  })

/** Only the origin: everything else is ours to append. */
const baseUrl = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const fault = baseUrlFault(text, url)
  if (fault === undefined) return text
  context.addIssue({ code: 'custom', message: fault })
  return z.NEVER
})

function baseUrlFault(text: string, url: URL | undefined): string | undefined {
  if (!url || !/^https?:$/.test(url.protocol)) return 'is no URL; write for example https://aws.corp.example'
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) return 'must be https, except for localhost'
  if (text === url.origin) return undefined
  return `must be an origin alone, without path, query or trailing slash; write ${url.origin}`
}

/** A host name or address that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/.test(host)
}

const listen = z.string().transform((text, context) => {
  const [, host, port] = /^(\[[0-9a-fA-F:.]+\]|[\w.-]+):(\d{1,5})$/.exec(text) ?? []
  if (host !== undefined && Number(port) <= 65_535)
    return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
  context.addIssue({ code: 'custom', message: 'must be host:port, for example 0.0.0.0:8080 or "[::]:8080"' })
  return z.NEVER
})

const hops = z
  .union([z.number(), z.string().regex(/^\d{1,2}$/)])
  .transform(Number)
  .refine(
    (count) => Number.isInteger(count) && count >= 0 && count <= 10,
    'must be the number of proxies, 0 to 10',
  )

/** An address, or a range of them by the length of its prefix. */
const network = z.string().refine((text) => {
  const [address = '', bits = '0', ...more] = text.split('/')
  const width = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  return more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= width && !address.includes('%')
}, 'is neither an address nor a range such as 10.0.0.0/8')

const timeZone = z.string().refine((name) => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined
  } catch {
    return false
  }
}, 'is no time zone such as Europe/Berlin')

const providerName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, 'is no name: small letters, digits, - and _, at most 40')

/** The parts of the configuration by their YAML key. Each room brings its own. */
export const sections = {
  /** The only origin; cookies, the ACS and all links derive from it. */
  baseUrl,
  listen: listen.prefault('127.0.0.1:8080'),
  /** How many proxies in front may be believed about the client's address. */
  trustProxy: hops.default(0),
  /** Serve TLS ourselves. */
  tls: z.strictObject({ key: z.string().min(1), cert: z.string().min(1) }).optional(),
  /** Encrypts what is stored and signs cookies; of a list the first encrypts, all decrypt. */
  secret: z
    .union([secret, z.array(secret).min(1, 'names no secret')])
    .transform((value): readonly string[] => [value].flat()),
  store: storeOptions,
  /** Read the configuration again when one of its files changes. */
  watch: z.boolean().default(false),
  session: z
    .strictObject({ maxAge: duration('7d').prefault('8h'), idle: duration('7d').prefault('1h') })
    .prefault({}),
  /** For weekdays and times of day in conditions. */
  timeZone: timeZone.default('UTC'),
  /** Where events can be searched, and for how long. */
  history: historyOptions,
  /** What this bridge is called among those that share a history; default: the name of the machine. */
  node: z
    .string()
    .regex(/^[\w.:-]{1,100}$/, 'is no name: letters, digits and . _ : - only, at most 100')
    .optional(),
  /** Where the audit trail is written. */
  audit: createAuditOptions({ webhook: webhookOptions.optional() }).prefault({}),
  /** Where things wait that are pushed to others. */
  delivery: deliveryOptions.prefault({}),
  /** Who is told when somebody asks, and when somebody was locked out. */
  notify: notifyOptions.default([]),
  /** Who may read the metrics, which name accounts, roles and providers. */
  metrics: z.strictObject({ from: z.array(network).default(['127.0.0.0/8', '::1']) }).prefault({}),
  /** By which proxy the bridge reaches AWS, identity providers and others. */
  outgoing: outgoingOptions.prefault({}),
  saml: samlOptions.prefault({}),
  identityProviders: z.record(providerName, providerOptions),
  aws: awsOptions,
  accounts: accountOptions.default({}),
  /** Accounts in a file of their own; what `accounts` says of one wins, key by key. */
  accountsFile: z.string().min(1).optional(),
  rules: z.array(createRuleOptions(grants)),
  /** Files of further rules, behind those above. */
  include: z.array(z.string().min(1).max(1024)).min(1, 'names no file').max(100).optional(),
  /** Who may read everyone's audit trail. */
  auditors: auditorOptions.optional(),
  /** Who may end sessions of others and lock people. */
  administrators: administratorOptions.optional(),
  /** How long it is kept who signed in, since they did last. */
  people: z.strictObject({ keep: duration('400d').prefault('90d') }).prefault({}),
  review: reviewOptions,
  /** Whether people see rules that do not concern them when they ask why. */
  explain: z.enum(['own', 'full']).default('own'),
  /** Whom people ask when they are refused. */
  support: supportOptions.optional(),
} as const

const whole = z.strictObject(sections)

/** The configuration as its schemas give it: every option, files still as paths. */
export type Options = z.output<typeof whole>

/** JSON Schema (2020-12) of the configuration file, for editors that complete and check YAML. */
export function configJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(whole, { io: 'input', unrepresentable: 'any' })
}
