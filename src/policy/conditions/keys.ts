import { type AccountInfo, attributeValues, type Identity } from '../../core/index.ts'
import { isW3cDate, timeOfDay } from './dates.ts'
import type { ValueKind } from './operator.ts'
import { weekdays } from './windows.ts'

/** What a decision may look at besides the person. */
export interface Circumstances {
  /** Epoch milliseconds. */
  readonly now: number
  readonly sourceIp: string
  readonly userAgent: string
  /** By which door the role is taken; several words when several are true of it. */
  readonly channel: Channel | readonly Channel[]
  /** The AI agent that runs the program: what its session was approved for, or what it says of itself. */
  readonly agent?: string
  /** What for, said with the wish; absent while nobody has said it, as when roles are listed. */
  readonly reason?: string
}

type Channel = (typeof channels)[number]

export interface Facts {
  readonly identity: Identity
  readonly circumstances: Circumstances
  /** The clock on the wall of the configured time zone. */
  readonly local: () => { readonly weekday: string; readonly time: string }
  /** The account of the role in question, where a condition looks at it. */
  readonly account?: AccountInfo
}

export interface Key {
  readonly kind: ValueKind
  readonly read: (facts: Facts) => readonly string[]
  /** What it can be compared with; anything else in the configuration is a mistake. */
  readonly wants?: { readonly accepts: (text: string) => boolean; readonly say: string }
}

/** The doors by which a role is taken. */
export const channels = ['portal', 'tile', 'cli', 'api', 'aws-sso', 'console', 'workload'] as const

const oneOf = (values: readonly string[]) => ({
  accepts: (text: string) => values.includes(text),
  say: `one of ${values.join(', ')}`,
})

function ageOf({ identity, circumstances }: Facts): string {
  return String(Math.max(0, Math.floor((circumstances.now - identity.authnInstant) / 1000)))
}

const bridgeKeys = {
  'bridge:SourceIp': { kind: 'address', read: ({ circumstances }) => [circumstances.sourceIp] },
  'bridge:UserAgent': { kind: 'text', read: ({ circumstances }) => [circumstances.userAgent] },
  'bridge:Channel': {
    kind: 'text',
    read: ({ circumstances }) => [circumstances.channel].flat(),
    wants: oneOf(channels),
  },
  /** Absent when a person asks, as far as anybody said. */
  'bridge:Agent': {
    kind: 'text',
    read: ({ circumstances: { agent } }) => (agent === undefined ? [] : [agent]),
    wants: {
      accepts: (text) => text === text.toLowerCase(),
      say: 'a name in small letters, as agents are named here: claude-code',
    },
  },
  'bridge:CurrentTime': {
    kind: 'date',
    read: ({ circumstances }) => [new Date(circumstances.now).toISOString()],
    wants: { accepts: isW3cDate, say: 'a date such as 2026-01-31T08:00:00Z' },
  },
  'bridge:Weekday': { kind: 'text', read: ({ local }) => [local().weekday], wants: oneOf(weekdays) },
  'bridge:TimeOfDay': {
    kind: 'time',
    read: ({ local }) => [local().time],
    wants: { accepts: (text) => timeOfDay.test(text), say: 'a time of day such as 08:00' },
  },
  /** `Fri 22:15`: what windows are compared with. */
  'bridge:LocalTime': {
    kind: 'local',
    read: ({ local }) => [`${local().weekday} ${local().time}`],
  },
  'bridge:IdentityProvider': { kind: 'text', read: ({ identity }) => [identity.provider] },
  /** AuthnContextClassRef, or `acr` by OpenID Connect. */
  'bridge:AuthnContext': {
    kind: 'text',
    read: ({ identity: { authnContext } }) => (authnContext === undefined ? [] : [authnContext]),
  },
  /** Seconds since the person signed in at their provider; absent where it did not say when that was. */
  'bridge:AuthnAge': {
    kind: 'number',
    read: (facts) => (facts.identity.authnInstantUnsaid ? [] : [ageOf(facts)]),
  },
  'bridge:Reason': {
    kind: 'text',
    read: ({ circumstances: { reason } }) => (reason === undefined ? [] : [reason]),
  },
  'bridge:MultiFactorAuthPresent': { kind: 'boolean', read: ({ identity }) => [String(identity.mfa)] },
  /** Seconds since the second factor was used; absent without one, as `aws:MultiFactorAuthAge` is, and without its time. */
  'bridge:MultiFactorAuthAge': {
    kind: 'number',
    read: (facts) => (facts.identity.mfa && !facts.identity.authnInstantUnsaid ? [ageOf(facts)] : []),
  },
} as const satisfies Record<string, Key>

const accountTag = 'bridge:AccountTag/'

/** True for a key whose value is another for each account: a rule is judged by it once for every account. */
export function isOfAccount(key: string): boolean {
  return key.startsWith(accountTag)
}

export const keyNames: readonly string[] = [...Object.keys(bridgeKeys), accountTag, 'saml:']

/** The key of that name: one of ours, or `saml:` and the name of an attribute. */
export function findKey(name: string): Key | undefined {
  if (Object.hasOwn(bridgeKeys, name)) return bridgeKeys[name as keyof typeof bridgeKeys]
  const tag = isOfAccount(name) ? name.slice(accountTag.length) : ''
  if (tag !== '') return { kind: 'any', read: ({ account }) => tagOf(account, tag) }
  const attribute = name.startsWith('saml:') ? name.slice(5) : ''
  if (attribute === '') return undefined
  return { kind: 'any', read: ({ identity }) => attributeValues(identity.attributes, attribute) }
}

function tagOf({ tags = {} }: Partial<AccountInfo> = {}, key: string): readonly string[] {
  return Object.hasOwn(tags, key) ? [tags[key] ?? ''] : []
}

/** Reads the wall clock of an IANA time zone; throws `RangeError` when there is no such zone. */
export function wallClock(timeZone: string): (now: number) => ReturnType<Facts['local']> {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  return (now) => {
    const parts = Object.fromEntries(format.formatToParts(now).map(({ type, value }) => [type, value]))
    return { weekday: parts.weekday ?? '', time: `${parts.hour}:${parts.minute}` }
  }
}
