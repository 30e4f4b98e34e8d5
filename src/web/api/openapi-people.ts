import { list, object, ref, type Schema, text } from './schema.ts'

const time = { type: 'string', format: 'date-time' } as const
const count = { type: 'integer' } as const
const flag = { type: 'boolean' } as const
const texts = { type: 'array', items: text } as const

const row = {
  ref: { ...text, description: 'Names somebody; opens nothing.' },
  user: text,
  provider: text,
  protocol: text,
  firstSeen: time,
  lastSeen: time,
  address: text,
  kind: text,
  sessions: count,
  locked: flag,
}

/** What the API says of people, by name. */
export const peopleSchemas: Readonly<Record<string, Schema>> = {
  PersonRow: object(row),
  PersonToTry: {
    ...object({
      user: text,
      provider: text,
      protocol: text,
      mfa: flag,
      attributes: { type: 'object', additionalProperties: texts },
      'left?': { ...count, description: 'Values that were too many to be kept.' },
    }),
    description: 'As `rolebridge check --identities` reads people.',
  },
  Person: object({
    ...row,
    'lock?': ref('Lock'),
    identity: ref('Said'),
    live: { type: 'array', items: ref('Session') },
    roles: { type: 'array', items: object({ roleArn: text, rule: text }) },
    shut: { type: 'array', items: object({ roleArn: text, rule: text, reasons: texts }) },
    'taken?': {
      type: 'array',
      items: object({
        at: time,
        roleArn: text,
        rule: text,
        console: flag,
        'purpose?': text,
        sourceIp: text,
        expiresAt: time,
      }),
      description: 'Absent where the bridge keeps no trail that can be read here.',
    },
    'takenWhole?': { ...flag, description: 'Nothing of the last thirty days was left out.' },
  }),
  LockTerms: object({ reason: { ...text, maxLength: 500 }, 'until?': time }),
  LockWish: object({
    user: { ...text, description: 'A name, in any spelling; nobody need have signed in by it.' },
    'idp?': { ...text, description: 'Only people of this provider.' },
    reason: { ...text, maxLength: 500 },
    'until?': time,
  }),
  Lock: object({
    user: text,
    'idps?': texts,
    lockedAt: time,
    'until?': time,
    reason: text,
    by: text,
    byIdp: text,
    'people?': { ...count, description: 'How many that signed in lately have the name.' },
  }),
  Cut: object({
    roleArn: text,
    accountId: text,
    endsAt: { ...time, description: 'When the last of the credentials ends by itself.' },
    hold: { ...count, description: 'How many credentials were handed out and have not ended.' },
    policy: { type: 'object' },
    command: text,
    undo: text,
    'namesUser?': { const: true, description: 'Put the IAM user in the place of `BROKER-USER`.' },
  }),
}

const inPath = (name: string) => ({ name, in: 'path' as const, required: true, schema: text })
const inQuery = (name: string) => ({ name, in: 'query' as const, required: false, schema: text })
const person = inPath('person')

/** People who sign in. Auditors and administrators read, administrators act. */
export const peopleOperations = {
  '/api/v1/people': {
    get: {
      summary: 'Who signed in lately, the latest first',
      answer: object({
        people: { type: 'array', items: { oneOf: [ref('PersonRow'), ref('PersonToTry')] } },
        'next?': { ...text, description: 'The `cursor` with which to ask for what follows.' },
      }),
      parameters: [...['text', 'cursor', 'limit', 'attributes'].map(inQuery)],
    },
  },
  '/api/v1/people/{person}': {
    get: { summary: 'What is known of somebody', answer: ref('Person'), parameters: [person] },
  },
  '/api/v1/people/{person}/cut': {
    get: {
      summary: 'Policies that cut the credentials that somebody may still hold',
      answer: object({
        cuts: { type: 'array', items: ref('Cut') },
        whole: {
          ...flag,
          description: 'Nothing that was handed out is missing among them, as far as the bridge knows.',
        },
      }),
      parameters: [person],
    },
  },
  '/api/v1/people/{person}/sessions': {
    delete: {
      summary: 'End all sessions of somebody',
      answer: object({ ended: count }),
      parameters: [person],
    },
  },
  '/api/v1/people/{person}/sessions/{ref}': {
    delete: { summary: 'End one of them', parameters: [person, inPath('ref')] },
  },
  '/api/v1/people/{person}/lock': {
    put: {
      summary: 'Lock somebody',
      body: ref('LockTerms'),
      answer: ref('Lock'),
      parameters: [person],
    },
    delete: {
      summary:
        'Unlock them under their own user name; says by which other names they are locked all the same',
      answer: object({ stillLockedAs: texts }),
      parameters: [person],
    },
  },
  '/api/v1/locks': {
    get: { summary: 'Who is locked', answer: list('locks', ref('Lock')) },
    put: {
      summary: 'Lock somebody by name, who need not have signed in',
      body: ref('LockWish'),
      answer: ref('Lock'),
    },
    delete: {
      summary: 'Unlock somebody by name; says by which other names those who have it are locked all the same',
      answer: object({ stillLockedAs: texts }),
      parameters: [{ ...inQuery('user'), required: true }],
    },
  },
}
