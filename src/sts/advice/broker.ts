import type { GrantAsk, Step } from '../grant.ts'
import type { Advice } from './row.ts'

const isBroker = (_ask: GrantAsk, { action }: Step) => action === 'GetFederationToken'
const keys = ({ entitlement: { account } }: GrantAsk) => `aws.broker.${account.id}`
const notSetUp = ({ entitlement: { roleName, account } }: GrantAsk) =>
  `AWS did not hand out ${roleName} in ${account.name} (${account.id}). Please tell your administrator.`

/** Refusals of calls that the bridge signs with the keys of an IAM user. */
export const brokerAdvice: readonly Advice[] = [
  {
    code: /^InvalidClientTokenId$/,
    when: isBroker,
    refusal: 'aws_refused',
    say: notSetUp,
    fix: (ask) =>
      `The access key of ${keys(ask)} was deleted or switched off, or is one of another partition. Make another key ` +
      'for the IAM user, put it in its place and start the bridge again.',
  },
  {
    code: /^(SignatureDoesNotMatch|RequestExpired|IncompleteSignature)$/,
    when: isBroker,
    refusal: 'aws_refused',
    say: notSetUp,
    fix: (ask) =>
      `Either the secret of ${keys(ask)} is not the one of its access key, or the clock of this machine differs from ` +
      'AWS’s by more than 5 minutes (NTP).',
  },
  {
    code: /^AccessDenied$/,
    when: isBroker,
    refusal: 'aws_refused',
    say: notSetUp,
    fix: (ask) => {
      const { account, roleSessionName, tags } = ask.entitlement
      const arn = `arn:*:sts::${account.id}:federated-user/${roleSessionName}`
      const tagging = Object.keys(tags).length > 0 ? ' and sts:TagSession (this session has tags)' : ''
      return (
        `Most likely the policies of the IAM user of ${keys(ask)} do not allow sts:GetFederationToken${tagging} on ${arn}. ` +
        'Else: a service control policy forbids it, or the keys are no user’s long-term ones.'
      )
    },
  },
  {
    code: /^Validation(Error)?$/,
    message: /DurationSeconds/,
    when: isBroker,
    refusal: 'duration_too_long',
    say: ({ entitlement: { roleName } }) =>
      `AWS lets ${roleName} be held for less than that. Please ask for a shorter time.`,
    fix: (ask) =>
      `AWS takes no such duration for the keys of ${keys(ask)}: 36 hours are for an IAM user, and one hour for the root of ` +
      'an account, whose keys have no place here.',
  },
]
