import { flag, object, ref, type Schema, seconds, text, texts, time } from './schema.ts'

const who = { user: text, provider: text }

/** Requests for access, as the API has them. */
export const requestSchemas: Readonly<Record<string, Schema>> = {
  AccessRequest: {
    ...object({
      id: text,
      state: {
        type: 'string',
        enum: ['requested', 'approved', 'active', 'denied', 'withdrawn', 'expired', 'ended'],
      },
      mine: flag,
      may: { ...texts, description: 'What I may do with it: approve, deny, withdraw, activate, end.' },
      page: { ...text, description: 'Where a person looks at it.' },
      roleArn: text,
      roleName: text,
      account: object({ id: text, name: text }),
      rule: text,
      person: object(who),
      reason: text,
      from: object({ address: text, userAgent: text, channel: text, 'agent?': text }),
      openFor: seconds,
      needed: { type: 'integer', description: 'How many must allow it.' },
      approvals: { type: 'array', items: object({ ...who, at: time }) },
      breakGlass: { ...flag, description: 'It was opened in an emergency, and nobody had to allow it.' },
      askedAt: time,
      pendingUntil: time,
      'activateUntil?': time,
      'activatedAt?': time,
      'endsAt?': time,
      'closedAt?': time,
      'closedBy?': object(who),
      'because?': text,
      'step_up?': ref('StepUp'),
      'cuts?': {
        type: 'array',
        items: ref('Cut'),
        description: 'After `end`: what makes AWS refuse the credentials that are out.',
      },
      'whole?': { ...flag, description: 'After `end`: all credentials that are out were found.' },
      'joined?': { ...flag, description: 'I had asked for this role before, and it is that request.' },
    }),
    description: 'Access that others must allow. `step_up`: allowing it wants this sign-in first.',
  },
  AccessWish: object({
    role: { ...text, description: 'A role ARN, `account/role`, or a role name together with `account`.' },
    'account?': text,
    reason: { ...text, maxLength: 256, description: 'Why, in one line.' },
    'duration?': { oneOf: [seconds, { ...text, examples: ['1h', '10m'] }] },
    'breakGlass?': { ...flag, description: 'At once, without anybody; an alarm is raised.' },
  }),
  Because: object({ 'reason?': { ...text, maxLength: 256 } }),
}
