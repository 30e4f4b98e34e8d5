/** What is the same of every event of the benchmark, and how many there are. */
export interface Scale {
  readonly events: number
}

export const dayMs = 86_400_000
const days = 365
const begin = Date.UTC(2026, 0, 1)
export const end = begin + days * dayMs

const people = 5000
const roles = 1500
const accounts = 300

/**
 * What an event is about, in numbers: one of 5,000 people with eight of 1,500 roles each, of 300 accounts; one of twenty is a
 * refusal, in no order, as a hash of its number has it.
 */
export function factsOf(n: number) {
  const hash = scattered(n)
  const person = hash % people
  const role = (person * 13 + (scattered(hash) % 8)) % roles
  return { n, person, role, account: role % accounts, refused: scattered(hash + 1) % 20 === 0 }
}
export type Facts = ReturnType<typeof factsOf>

function scattered(n: number): number {
  let hash = Math.imul(n ^ (n >>> 16), 0x45d9f3b)
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b)
  return (hash ^ (hash >>> 16)) >>> 0
}

export const timeOf = (n: number, { events }: Scale): number =>
  begin + Math.floor((n / events) * days * dayMs)
export const idOf = (n: number): string => n.toString(36).padStart(16, '-')
export const userOf = ({ person }: Facts): string => `person-${person}@corp.example`
export const roleOf = ({ role, account }: Facts): string =>
  `arn:aws:iam::${accountOf({ account })}:role/Role${Math.floor(role / accounts)}`
export const accountOf = ({ account }: Pick<Facts, 'account'>): string => String(100_000_000_000 + account)
export const requestOf = (n: number): string =>
  `${n.toString(16).padStart(8, '0')}-7c1e-4b52-9d27-0123456789ab`
export const purposeOf = (n: number): string => `INC-${String(n).padStart(8, '0')}`
export const keyOf = (n: number): string => `ASIA${n.toString(36).toUpperCase().padStart(16, '0')}`

/** The event of a number, as the bridge writes one. */
export function eventOf(n: number, scale: Scale) {
  const facts = factsOf(n)
  const { person, role, refused } = facts
  const at = timeOf(n, scale)
  return {
    id: idOf(n),
    at: new Date(at).toISOString(),
    type: refused ? 'credentials_refused' : 'credentials_issued',
    requestId: requestOf(n),
    sourceIp: `10.${person % 200}.${person % 7}.${person % 250}`,
    userAgent: 'aws-cli/2.15.0 md/Botocore#1.34.0 ua/2.0 os/linux lang/python#3.11',
    channel: 'cli',
    config: 'a1b2c3d4e5f6',
    user: userOf(facts),
    idp: 'corp',
    protocol: 'saml',
    issuer: 'https://idp.corp.example/metadata',
    nameId: `person-${person}`,
    sessionId: `session${person}-${Math.floor(n / 100_000)}`,
    roleArn: roleOf(facts),
    accountId: accountOf(facts),
    rule: `rule-${role % 40}`,
    purpose: purposeOf(n),
    ...(refused && { code: 'not_entitled', detail: 'no rule opens this role' }),
    accessKeyId: keyOf(n),
    duration: 3600,
    expiresAt: new Date(at + 3_600_000).toISOString(),
    ...(!refused && { reused: false }),
  }
}
