import { cleanText, type Event, type EventType } from '../../events/index.ts'

/** What people are told of, in the words of the configuration. */
export const occasions = [
  'requested',
  'approved',
  'denied',
  'withdrawn',
  'expired',
  'activated',
  'ended',
  'break-glass',
  'locked',
  'unlocked',
] as const
export type Occasion = (typeof occasions)[number]

/** A message, before a channel writes it in its own way. Its texts are what people wrote: each channel escapes them. */
export interface Message {
  readonly title: string
  readonly facts: readonly (readonly [label: string, value: string])[]
  /** A page of ours, which asks who somebody is; following it changes nothing. */
  readonly link: { readonly text: string; readonly url: string }
  /** Somebody went round those who would have to allow it. */
  readonly alarm: boolean
}

type Access = Extract<Event, { readonly rule: string; readonly request: string; readonly person: string }>
type Lock = Event<'person_locked' | 'person_unlocked'>

const accessWords = {
  access_requested: 'requested',
  access_approved: 'approved',
  access_denied: 'denied',
  access_withdrawn: 'withdrawn',
  access_expired: 'expired',
  access_activated: 'activated',
  access_ended: 'ended',
} as const satisfies { readonly [T in EventType]?: Occasion }

/** What an event is an occasion for; a break-glass also is what it would be without it. */
export function occasionsOf(event: Event): readonly Occasion[] {
  if (event.type === 'person_locked') return ['locked']
  if (event.type === 'person_unlocked') return ['unlocked']
  if (!isAccess(event)) return []
  const word = accessWords[event.type]
  const opens = word === 'requested' || word === 'activated'
  return event.breakGlass && opens ? ['break-glass', word] : [word]
}

function isAccess(event: Event): event is Event<keyof typeof accessWords> & Access {
  return Object.hasOwn(accessWords, event.type)
}

const short = (text: string) => cleanText(text.replaceAll(/\s+/g, ' '), 300)

const roleOf = ({ roleArn, accountName }: Pick<Access, 'roleArn' | 'accountName'>) =>
  short(`${roleArn.split(':role/')[1] ?? roleArn} in ${accountName}`)

/** The message of an event; undefined when there is nothing to tell people. */
export function messageOf(event: Event, baseUrl: string): Message | undefined {
  if (event.type === 'person_locked' || event.type === 'person_unlocked') return lockMessage(event, baseUrl)
  if (event.type === 'access_waiting') return digestMessage(event, baseUrl)
  if (!isAccess(event)) return undefined
  const [first] = occasionsOf(event)
  const alarm = first === 'break-glass'
  const role = roleOf(event)
  const who = short(event.person)
  const by = 'user' in event && event.user !== undefined ? short(event.user) : undefined
  const facts: [string, string][] = [
    ['Person', `${who} (${short(event.personIdp)})`],
    ['Role', role],
    ['Account', event.accountId],
    ['Reason', short(event.reason)],
  ]
  if (by !== undefined && by !== who) facts.push(['By', by])
  if ('approvals' in event) facts.push(['Approvals', `${event.approvals} of ${event.needed}`])
  if ('because' in event && event.because !== undefined) facts.push(['Because', short(event.because)])
  if ('until' in event) facts.push(['Until', event.until])
  facts.push(['At', event.at])
  return {
    title: alarm ? `BREAK-GLASS: ${who} opens ${role} and nobody had to allow it` : titleOf(event, who, role),
    facts,
    link: {
      text: event.type === 'access_requested' && !alarm ? 'Look at it and decide' : 'Look at the request',
      url: `${baseUrl}/requests/${encodeURIComponent(event.request)}`,
    },
    alarm,
  }
}

function titleOf(event: Event<keyof typeof accessWords>, who: string, role: string): string {
  switch (event.type) {
    case 'access_requested':
      return `${who} asks for ${role}`
    case 'access_approved':
      return event.approvals < event.needed
        ? `One of ${event.needed} allows ${who} ${role}`
        : `${who} may start ${role}`
    case 'access_denied':
      return `${who} was denied ${role}`
    case 'access_withdrawn':
      return `${who} no longer asks for ${role}`
    case 'access_expired':
      return event.waitedFor === 'approval'
        ? `Nobody answered ${who}, who asked for ${role}`
        : `${who} did not start ${role} in time`
    case 'access_activated':
      return `${who} has ${role} now`
    case 'access_ended':
      return event.by === 'time' ? `The time of ${who} for ${role} is over` : `${role} was ended for ${who}`
  }
}

function digestMessage({ waiting, oldest }: Event<'access_waiting'>, baseUrl: string): Message {
  const facts = oldest.map((one): [string, string] => [
    one.request,
    `${short(one.person)} asks for ${roleOf(one)}, until ${one.until}`,
  ])
  const others = waiting - oldest.length
  return {
    title: waiting === 1 ? 'One request waits for an answer' : `${waiting} requests wait for an answer`,
    facts: others > 0 ? [...facts, ['And', `${others} more`]] : facts,
    link: { text: 'Look at them and decide', url: `${baseUrl}/requests` },
    alarm: false,
  }
}

function lockMessage(event: Lock, baseUrl: string): Message {
  const who = short(event.person ?? 'somebody')
  const locked = event.type === 'person_locked'
  const facts: [string, string][] = [
    ['Person', who],
    ['By', short(event.user)],
  ]
  // Why somebody was locked out is for the page, where whoever reads it may know it.
  if (locked && event.until !== undefined) facts.push(['Until', event.until])
  facts.push(['At', event.at])
  return {
    title: locked ? `${who} is locked out` : `${who} is no longer locked out`,
    facts,
    link: { text: 'Look at people', url: `${baseUrl}/people` },
    alarm: false,
  }
}
