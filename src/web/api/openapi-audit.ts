import { type Operation, object, type Schema, text } from './schema.ts'

const time = {
  ...text,
  description: 'A time such as 2026-01-31T12:00:00Z, a day, or how long ago: 2d.',
  examples: ['2026-01-31T12:00:00Z', '2d'],
}

const parameters: Readonly<Record<string, Schema>> = {
  user: {
    ...text,
    description: 'Name of a person; only somebody with an office may name another than themself.',
  },
  idp: { ...text, description: 'Name of an identity provider in the configuration.' },
  role: { ...text, description: 'ARN of a role.' },
  account: { ...text, description: 'Number of an account.' },
  rule: { ...text, description: 'Id of a rule.' },
  type: { ...text, description: 'Type of an event, or several with commas between.' },
  outcome: { ...text, enum: ['ok', 'refused'], description: '`refused`: what has a code.' },
  code: { ...text, description: 'Code of a refusal.' },
  request: {
    ...text,
    description:
      'A request id, as error pages and problem documents show it, or the id of a request for access.',
  },
  session: { ...text, description: 'Name of a session, `sessionId` in records.' },
  address: { ...text, description: 'Source address.' },
  access_key: { ...text, description: 'Id of an access key that was handed out.' },
  id: { ...text, description: 'Id of an event.' },
  node: { ...text, description: 'Name of a node of the bridge.' },
  text: { ...text, description: 'Anywhere in the record, small and capital letters alike.' },
  since: { ...time, description: `${time.description} Inclusive.` },
  until: { ...time, description: `${time.description} Exclusive.` },
  mine: { ...text, enum: ['yes'], description: 'My own records only.' },
  limit: {
    type: 'integer',
    minimum: 1,
    description:
      'Records at most: of a page 1000 (default 100), after a cursor 1000 (default 500), else everything.',
  },
  format: {
    ...text,
    enum: ['json', 'ndjson', 'csv', 'ocsf'],
    description: 'Or by the header Accept. All but `json` give everything that fits, as a stream.',
  },
  before: { ...text, description: 'The `next` of a page: what is older. For `json` only.' },
  after: {
    ...text,
    description:
      'The `follow` of a page or the `next` of this answer, empty for the beginning: what came in since, in the order in which it came, each record at least once. With every format; the header `Rolebridge-Cursor` repeats `next`.',
  },
}

/** `GET /api/v1/audit`. */
export const audit: Operation = {
  summary: 'What happened, newest first: my records, for auditors and administrators everyone’s',
  answer: object({
    records: { type: 'array', items: { type: 'object' } },
    'next?': {
      ...text,
      description:
        'With `before`: the next page, absent on the last one. With `after`: where to go on, always there.',
    },
    'follow?': {
      ...text,
      description: 'On the first page: give it as `after` to get what comes from now on.',
    },
    'searchedBackTo?': {
      ...text,
      description: 'Not everything that fits before this time is here; `next` goes on from there.',
    },
  }),
  answers: { 'application/x-ndjson': text, 'text/csv': text },
  parameters: Object.entries(parameters).map(([name, schema]) => ({
    name,
    in: 'query' as const,
    required: false,
    schema,
  })),
}
