import type { Person } from './person.ts'

/** Access that somebody asked for: whose, to what, and why. Who acted on it is the event’s person. */
interface Access {
  /** Id of the request. */
  readonly request: string
  /** Whose access it is, by name and identity provider. */
  readonly person: string
  readonly personIdp: string
  /** The very person, by a hash of what their provider calls them: names are given to others. */
  readonly personRef?: string
  readonly roleArn: string
  readonly accountId: string
  readonly accountName: string
  readonly rule: string
  /** Why it was asked for. */
  readonly reason: string
  /** Nobody had to allow it: an alarm. */
  readonly breakGlass?: true
}

/** One of those that wait. */
interface Waiting extends Pick<Access, 'request' | 'person' | 'roleArn' | 'accountName'> {
  readonly until: string
}

/** Access that others must allow. */
export interface AccessFields {
  /** Somebody asks for a role that others must allow. `needed`: how many of them. */
  access_requested: Person & Access & { readonly needed: number; readonly until: string }
  /** One of those who may allow it does; with `approvals` equal to `needed` it may be started, `until` then. */
  access_approved: Person &
    Access & { readonly approvals: number; readonly needed: number; readonly until: string }
  /** `because`: what whoever said no wrote beside it. */
  access_denied: Person & Access & { readonly because?: string }
  access_withdrawn: Person & Access
  /** Nobody answered in time, or it was allowed and not started in time. */
  access_expired: Access & { readonly waitedFor: 'approval' | 'activation' }
  /** A channel is told once a day what waits for somebody to allow it; nothing when nothing does. */
  access_waiting: {
    /** The name of the channel. */
    readonly destination: string
    /** By the clock of its time zone. */
    readonly day: string
    readonly waiting: number
    readonly oldest: readonly Waiting[]
  }
  /** The role is open from now on, `until` then. */
  access_activated: Person & Access & { readonly until: string }
  /** The role is shut again. By time nobody acted. */
  access_ended: Partial<Person> &
    Access & {
      readonly by: 'time' | 'person' | 'approver' | 'administrator'
      readonly because?: string
    }
}
