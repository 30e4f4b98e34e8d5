import { createHash } from 'node:crypto'
import { parseRoleArn } from '../../core/index.ts'
import type { Taken } from './hand-outs.ts'

/** What makes AWS refuse the credentials of a role that somebody holds already. */
export interface Cut {
  /** The role, or the federated user. */
  readonly roleArn: string
  readonly accountId: string
  /** When the last of them would end by themselves, epoch milliseconds. */
  readonly endsAt: number
  readonly hold: number
  /** JSON, over several lines. */
  readonly policy: string
  /** Puts the policy there, and takes it away again when `endsAt` is over. */
  readonly command: string
  readonly undo: string
  /** The command names an IAM user whose name the bridge does not know. */
  readonly namesUser?: true
}

/** Credentials that somebody may still hold, by role: of each role one policy. `now` is epoch milliseconds. */
export function cutsOf(taken: readonly Taken[], user: string, now: number): readonly Cut[] {
  const roles = new Map<string, Taken[]>()
  for (const one of taken) {
    if (Date.parse(one.expiresAt) <= now) continue
    roles.set(one.roleArn, [...(roles.get(one.roleArn) ?? []), one])
  }
  return [...roles.values()].flatMap((all) => cutOf(all, user, now) ?? [])
}

function cutOf(all: readonly Taken[], user: string, now: number): Cut | undefined {
  const [first] = all
  if (first === undefined) return undefined
  const { roleArn, accountId } = first
  const role = parseRoleArn(roleArn)
  const policy = policyOf(all, now)
  const name = policyName(user)
  const to =
    role === undefined ? 'user --user-name BROKER-USER' : `role --role-name ${role.name.split('/').at(-1)}`
  const [kind = '', ...whose] = to.split(' ')
  const at = `${whose.join(' ')} --policy-name ${name}`
  return {
    roleArn,
    accountId,
    endsAt: Math.max(...all.map(({ expiresAt }) => Date.parse(expiresAt))),
    hold: new Set(all.map(({ accessKeyId }) => accessKeyId)).size,
    policy: JSON.stringify(policy, undefined, 2),
    command: `aws iam put-${kind}-policy ${at} --policy-document '${JSON.stringify(policy)}'`,
    undo: `aws iam delete-${kind}-policy ${at}`,
    ...(role === undefined && { namesUser: true as const }),
  }
}

/**
 * Denies everything to sessions that were issued before now, and to nobody else's: `aws:userid` is `AROA…:alice` for each
 * request of such a session (IAM User Guide, "aws:userid", "aws:TokenIssueTime"). AWS counts whole seconds, so the cut lies
 * at the next one.
 */
function policyOf(all: readonly Taken[], now: number) {
  const ids = [...new Set(all.map(userIdOf))]
  const exact = ids.every((id) => !id.startsWith('*'))
  const before = new Date(Math.floor(now / 1000) * 1000 + 1000).toISOString().replace('.000Z', 'Z')
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'RolebridgeCut',
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        Condition: {
          DateLessThan: { 'aws:TokenIssueTime': before },
          [exact ? 'StringEquals' : 'StringLike']: { 'aws:userid': ids },
        },
      },
    ],
  }
}

/** As AWS told it; a record from before it was noted has the session's name alone. */
function userIdOf({ assumedRoleId, principalArn }: Taken): string {
  return assumedRoleId ?? `*:${principalArn.split('/').at(-1)}`
}

/** One policy for each person, so that two cuts of a role do not undo each other. */
function policyName(user: string): string {
  const digest = createHash('sha256').update(user).digest('hex').slice(0, 8)
  return `rolebridge-cut-${user.replaceAll(/[^\w+=.@-]/g, '-').slice(0, 80)}-${digest}`
}
