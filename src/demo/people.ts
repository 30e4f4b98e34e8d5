/** Someone who can sign in at the demo identity provider. */
export interface DemoPerson {
  readonly username: string
  /** Default: the same as the name. */
  readonly password?: string
  readonly displayName: string
  readonly email: string
  readonly department: string
  readonly groups: readonly string[]
  /** Signs in with a second factor (as far as the demo's authentication context says so). */
  readonly mfa: boolean
  /** Further attributes by Name. */
  readonly attributes?: Readonly<Record<string, readonly string[]>>
}

/** The cast of the demo; everybody's password is their name. */
export const demoPeople: readonly DemoPerson[] = [
  {
    username: 'alice',
    displayName: 'Alice Archer',
    email: 'alice@corp.example',
    department: 'Platform',
    groups: ['aws-111122223333-Admin', 'aws-444455556666-ReadOnly', 'platform-admins'],
    mfa: true,
  },
  {
    username: 'bob',
    displayName: 'Bob Baker',
    email: 'bob@corp.example',
    department: 'Payments',
    groups: ['aws-111122223333-Developer'],
    mfa: false,
  },
  {
    username: 'carol',
    displayName: 'Carol Carter',
    email: 'carol@corp.example',
    department: 'Security',
    groups: ['security', 'aws-444455556666-ReadOnly'],
    mfa: false,
  },
  {
    username: 'dave',
    displayName: 'Dave Draper',
    email: 'dave@corp.example',
    department: 'Marketing',
    groups: ['staff'],
    mfa: false,
  },
  {
    username: 'erin',
    displayName: 'Erin Evans',
    email: 'erin@corp.example',
    department: 'Release',
    groups: ['releasers'],
    mfa: true,
  },
]
