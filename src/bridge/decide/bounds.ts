import {
  type Entitlement,
  type Explanation,
  formatDuration,
  parseEntitlementArn,
  type Session,
  type SessionBounds,
} from '../../core/index.ts'

/** Does the text that a program asked with name this role? A whole ARN, a role name, or `account/name`. */
export function namesRole(
  text: string,
  {
    roleArn,
    roleName,
    account,
  }: Pick<Entitlement, 'roleArn' | 'roleName'> & {
    readonly account: Pick<Entitlement['account'], 'id' | 'name'>
  },
): boolean {
  const wanted = text.toLowerCase()
  const names = [roleName, `${account.id}/${roleName}`, `${account.name}/${roleName}`]
  return text === roleArn || names.some((name) => name.toLowerCase() === wanted)
}

/** What a session may take: the policy's answer, within what the person saw when they let the program in. */
export function bound(
  only: SessionBounds | undefined,
  entitlements: readonly Entitlement[],
): readonly Entitlement[] {
  if (only === undefined) return entitlements
  const most = only.duration ?? Number.POSITIVE_INFINITY
  return entitlements
    .filter((one) => namesRole(only.role, one))
    .map((one) => ({
      ...one,
      duration: Math.min(one.duration, most),
      maxDuration: Math.min(one.maxDuration, most),
    }))
}

/** In words, with the way to more. */
export function sayBounds({ role, duration }: SessionBounds): string {
  const time = duration === undefined ? '' : `, for ${formatDuration(duration)} at most`
  return `This program was let in for the role ${role} only${time}. For more, sign in again with: rolebridge login --force`
}

/** The policy's explanation, with what the session's bounds take away from it as a reason of its own. */
export function explainWithin(
  { only }: Session,
  explanation: Explanation,
  entitlements: readonly Entitlement[],
  roleArn: string | undefined,
  account: (id: string) => Entitlement['account'],
): Explanation {
  if (only === undefined) return explanation
  const isTheirs = roleArn !== undefined && isBoundTo(only, roleArn, account)
  const steps = explanation.steps.map((step) => withinBounds(step, only, entitlements, isTheirs))
  if (roleArn === undefined) {
    const count = entitlements.length === 1 ? 'one role' : `${entitlements.length} roles`
    return { summary: `You may take ${count}. ${sayBounds(only)}`, steps }
  }
  // What would help names what the identity provider said: not for a program that was let in for one role.
  if (isTheirs || !parseEntitlementArn(roleArn)) return { summary: explanation.summary, steps }
  return { summary: `You may not take ${roleArn} here. ${sayBounds(only)}`, steps }
}

type Step = Explanation['steps'][number]

/** Why other roles are shut tells of attributes that a program for one role may not read either. */
function withinBounds(
  step: Step,
  only: SessionBounds,
  entitlements: readonly Entitlement[],
  isTheirs: boolean,
): Step {
  const { rule, outcome, decisive, roleArn } = step
  if (outcome === 'granted')
    return entitlements.some((one) => one.roleArn === roleArn)
      ? step
      : { ...step, outcome: 'denied', say: `${step.say} But: ${sayBounds(only)}` }
  if (isTheirs || outcome === 'superseded' || outcome === 'not_offered') return step
  const say = `Rule "${rule}" does not lead this program to a role right now.`
  return { rule, outcome, say, ...(decisive && { decisive }), ...(roleArn !== undefined && { roleArn }) }
}

/** Whether this is the role that a program was let in for. */
function isBoundTo(
  only: SessionBounds,
  roleArn: string,
  account: (id: string) => Entitlement['account'],
): boolean {
  const role = parseEntitlementArn(roleArn)
  return (
    role !== undefined &&
    namesRole(only.role, { roleArn, roleName: role.name, account: account(role.account) })
  )
}
