import { refusals } from '../../core/index.ts'

import { requestSchemas } from './openapi-requests.ts'
import { count, flag, object, ref, type Schema, seconds, text, texts, time } from './schema.ts'

const wish = {
  role: { ...text, description: 'A role ARN, `account/role`, or a role name together with `account`.' },
  'account?': { ...text, description: 'Id or name of the account.' },
  'duration?': { oneOf: [seconds, { ...text, examples: ['1h', '10m'] }] },
  'policy?': { oneOf: [text, { type: 'object' }], description: 'A session policy that narrows the role.' },
  'readOnly?': { ...flag, description: 'Nothing beyond AWS’s ReadOnlyAccess.' },
  'purpose?': { ...text, maxLength: 256, description: 'What for, in one line: for the audit trail.' },
}

const stepUp = {
  'mfa?': { const: true, description: 'A second factor.' },
  'fresh_within?': { type: 'integer', description: 'Seconds since the sign-in at the most.' },
  'contexts?': { type: 'array', items: text, description: 'Authentication contexts, any one of them.' },
}

/** What the API takes and answers, by name. */
export const schemas: Readonly<Record<string, Schema>> = {
  Problem: {
    ...object({
      type: text,
      title: text,
      status: { type: 'integer' },
      code: { type: 'string', enum: [...Object.keys(refusals), 'internal'] },
      request_id: text,
      'support?': ref('Support'),
      'step_up?': ref('RequiredStepUp'),
    }),
    description: 'RFC 9457. `code` is stable; `title` is for people and may change.',
  },
  Support: {
    ...object({ name: text, 'href?': text }),
    description: 'Whom people ask about a no; `href` is `https:` or `mailto:`.',
  },
  Account: object({
    id: text,
    name: text,
    color: { type: ['string', 'null'] },
    region: text,
    'tags?': { type: 'object', additionalProperties: text },
  }),
  Role: object({
    roleArn: text,
    roleName: text,
    alias: text,
    account: ref('Account'),
    duration: seconds,
    maxDuration: seconds,
    'through?': {
      type: 'array',
      items: text,
      description: 'Roles that are taken on the way; AWS ends such a session after an hour.',
    },
    'window?': object({
      ends: { ...time, description: 'No credentials of this role last longer, nor do anything at AWS.' },
      rule: { ...text, description: 'Whose window it is.' },
    }),
    'readOnly?': { ...flag, description: 'Whoever asks now gets it read-only: an AI agent.' },
  }),
  LockedRole: object({
    roleArn: text,
    roleName: text,
    account: ref('Account'),
    rule: text,
    reasons: { type: 'array', items: text, description: 'Why it is shut, a sentence each.' },
    failed: {
      type: 'array',
      items: object({ operator: text, key: text, wanted: texts, actual: texts }),
      description:
        'The comparisons that do not hold; of a rule that denies, those of which one would lift it. With words of the administrator in their place `wanted` is empty.',
    },
    'step_up?': ref('StepUp'),
    'ask?': ref('HowToAsk'),
  }),
  HowToAsk: {
    ...object({
      rule: text,
      'reason?': { ...text, description: 'A pattern (RE2) that the reason must match.' },
      approvals: { ...count, description: 'How many must allow it.' },
      openFor: seconds,
      'breakGlass?': { const: true, description: 'I may open it at once in an emergency.' },
      'open?': object({ id: text, state: { type: 'string', enum: ['requested', 'approved', 'active'] } }),
    }),
    description: 'It opens when others allow it; `open` is the request that I have for it already.',
  },
  StepUp: object(stepUp),
  RequiredStepUp: {
    ...object({ 'role?': text, ...stepUp, page: text }),
    description:
      'With `step_up_required`: what a new sign-in has to bring, and the page where a person makes it.',
  },
  Said: {
    ...object({
      provider: text,
      user: text,
      nameId: text,
      'nameIdFormat?': text,
      'authnContext?': text,
      mfa: flag,
      attributes: { type: 'array', items: object({ name: text, also: texts, values: texts, more: count }) },
      more: count,
      missing: texts,
    }),
    description: 'What the identity provider said about me; `more` is what is left out.',
  },
  Session: object({
    ref: { ...text, description: 'Names the session; opens nothing.' },
    kind: { type: 'string', enum: ['browser', 'cli', 'aws-sso', 'workload'] },
    current: flag,
    'client?': text,
    'host?': text,
    'agent?': { ...text, description: 'The AI agent that it was approved for.' },
    'role?': { ...text, description: 'The session is for this role only.' },
    'duration?': { ...seconds, description: 'And a role is held for so many seconds at most.' },
    address: text,
    userAgent: text,
    createdAt: time,
    expiresAt: time,
  }),
  Me: object({
    user: text,
    provider: text,
    issuer: text,
    nameId: text,
    mfa: flag,
    authenticatedAt: time,
    session: ref('Session'),
    configuration: text,
    'identity?': ref('Said'),
  }),
  Credentials: object({
    accessKeyId: text,
    secretAccessKey: text,
    sessionToken: text,
    expiration: time,
    principalArn: text,
    accountId: text,
    region: text,
  }),
  Explanation: object({
    summary: text,
    steps: {
      type: 'array',
      items: object({ rule: text, outcome: text, say: text, 'roleArn?': text, 'decisive?': flag }),
    },
    'advice?': { ...texts, description: 'What would help, a sentence each.' },
    'support?': ref('Support'),
  }),
  ...requestSchemas,
  CredentialsWish: object(wish),
  ConsoleWish: object({ ...wish, 'destination?': text }),
}
