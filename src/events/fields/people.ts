import type { Person } from './person.ts'

/** What an administrator or an auditor did about others. Who did it is the event’s person. */
interface AboutPerson {
  /** Whom it was about, by name; absent: everybody. */
  readonly person?: string
  readonly personIdp?: string
}

/** Locks, and looks at what is known of others. */
export interface PeopleFields {
  /** From now on nobody is let in by this name, nor by what providers call those who had it. */
  person_locked: Person &
    AboutPerson & {
      readonly reason: string
      /** ISO 8601; absent: until it is taken away. */
      readonly until?: string
      /** Only people of these providers. */
      readonly idps?: readonly string[]
      /** How many that signed in lately it is about. */
      readonly people: number
    }
  person_unlocked: Person & AboutPerson
  /** Somebody looked at what is known of others. */
  people_read: Person & AboutPerson & { readonly what: 'list' | 'person' | 'locks' | 'export' | 'cut' }
}
