import { type Operation, object, type Schema, text } from './schema.ts'

const count = { type: 'integer' } as const
const flag = { type: 'boolean' } as const
const time = { ...text, format: 'date-time' } as const
const many = (items: Schema) => ({ type: 'array', items })
const names = object({ count, names: many(text) })

const days = { type: 'integer', minimum: 1, maximum: 400, description: 'How far back. Default: 90.' } as const

const filters: Readonly<Record<string, Schema>> = {
  days,
  person: { ...text, description: 'A part of somebody’s name, however it is written.' },
  account: { ...text, description: 'Number or name of an account.' },
  tag: { ...text, description: 'Accounts with this tag: `env=prod`.' },
  role: { ...text, description: 'ARN or name of a role.' },
  rule: { ...text, description: 'Id of a rule.' },
  unused: { ...text, enum: ['true', 'false'], description: 'Only what nobody used within the days.' },
}

const inQuery = (all: Readonly<Record<string, Schema>>) =>
  Object.entries(all).map(([name, schema]) => ({ name, in: 'query' as const, required: false, schema }))
const inPath = (name: string, schema: Schema) => ({ name, in: 'path' as const, required: true, schema })

const kind = { ...text, enum: ['person', 'rule', 'account'] }
const decision = { ...text, enum: ['kept', 'to_be_removed'] }

const signOff = object({
  at: time,
  by: text,
  byIdp: text,
  decision,
  note: text,
  digest: { ...text, description: 'Of what was shown.' },
  people: count,
})

const changes = object({ more: count, fewer: count, otherTerms: flag })

const role = object({
  ...{ roleArn: text, roleName: text, account: text, people: count },
  users: { ...count, description: 'Who took it within the days.' },
  'lastUsed?': time,
})

const review = object({
  'underWay?': {
    ...object({ people: count, of: count }),
    description:
      'With status 202: the review is being made, and so many people of so many were looked at. Ask again.',
  },
  'at?': time,
  'took?': { ...count, description: 'Milliseconds.' },
  'totals?': object({ people: count, roles: count, grants: count, unused: count }),
  'cut?': { ...flag, description: 'There was more than is counted and listed.' },
  'history?': {
    ...object({ 'since?': time }),
    description: 'Absent: there is none, so nobody knows last uses.',
  },
  'findings?': many(object({ code: text, say: text, 'rule?': text, 'names?': many(text) })),
  'approvals?': many(
    object({ rule: text, needed: count, approvers: names, eachOther: names, breakGlass: names }),
  ),
  'auditors?': names,
  'administrators?': names,
  'due?': many(object({ name: text, at: time })),
  'rules?': many(
    object({
      ...{ id: text, effect: text, say: text, people: count, holders: count, roles: count, times: count },
      'lastUsed?': time,
    }),
  ),
  'roles?': many(role),
  'people?': many(
    object({
      ...{ ref: text, user: text, provider: text, lastSeen: time, roles: count, unused: count },
      ...{ onRequest: count, locked: count, shutOut: flag },
      'signOff?': { allOf: [signOff, object({ 'changes?': changes })] },
    }),
  ),
  'next?': { ...text, description: 'The `cursor` of the next page of people.' },
})

const subject = object({
  ...{ kind, id: text, name: text, 'idp?': text, digest: text, 'say?': text, people: count },
  'grants?': many(
    object({
      ...{ roleArn: text, roleName: text, accountId: text, accountName: text, rule: text },
      how: { ...text, enum: ['open', 'on_request', 'locked'] },
      ...{
        asked: flag,
        why: many(text),
        maxDuration: count,
        times: count,
        'unused?': flag,
        'lastUsed?': time,
      },
    }),
  ),
  'roles?': many(role),
  'beyond?': many(object({ role: text, rule: text, last: time })),
  ...{ 'lastSeen?': time, 'shutOut?': flag, 'history?': object({ 'since?': time }) },
  signOffs: many(signOff),
  'changes?': changes,
  'refused?': { ...text, description: 'Why the caller may not sign it off.' },
})

const wish = object({
  kind,
  id: text,
  digest: { ...text, description: 'Of the subject as it was shown.' },
  decision,
  'note?': { ...text, maxLength: 256, description: 'With `to_be_removed` what shall go.' },
  'days?': days,
})

/** What the API says of reviews. */
export const reviewOperations: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  '/api/v1/review': {
    get: {
      summary: 'Who may what, by which rule, used when: for auditors and administrators',
      answer: review,
      parameters: inQuery({
        ...filters,
        limit: { type: 'integer', minimum: 1, maximum: 500, description: 'People of a page. Default: 50.' },
        cursor: { ...text, description: 'The `next` of a page.' },
      }),
    },
  },
  '/api/v1/review/export': {
    get: {
      summary:
        'Everybody and every role of a review, as a stream; 503 with Retry-After while it is being made',
      answer: { type: 'object' },
      answers: { 'text/csv': text, 'text/markdown': text },
      parameters: inQuery({ ...filters, format: { ...text, enum: ['csv', 'markdown', 'json'] } }),
    },
  },
  '/api/v1/review/subjects/{kind}/{id}': {
    get: {
      summary: 'One person, rule or account with its sign-offs',
      answer: subject,
      parameters: [
        inPath('kind', kind),
        inPath('id', {
          ...text,
          description: 'The ref of a person, the id of a rule, the number of an account.',
        }),
        ...inQuery({ days }),
      ],
    },
  },
  '/api/v1/review/sign-offs': {
    get: {
      summary: 'What was signed off, the latest first',
      answer: object({
        signOffs: many(object({ kind, name: text, 'idp?': text, signOffs: many(signOff) })),
        'next?': { ...text, description: 'The `cursor` of the next page.' },
      }),
      parameters: inQuery({
        decision,
        limit: { type: 'integer', minimum: 1, maximum: 500, description: 'Default: 50.' },
        cursor: { ...text, description: 'The `next` of a page.' },
      }),
    },
    post: {
      summary: 'Sign off what was shown: keep it, or say what shall go. Changes no rule.',
      body: wish,
      answer: signOff,
    },
  },
}
