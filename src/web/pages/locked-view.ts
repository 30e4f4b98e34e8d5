import { accountColor, type HowToAsk, type LockedRole, longestPurpose, sayStepUp } from '../../core/index.ts'
import { fullName } from '../aws/role-names.ts'
import { askPath, requestPath } from './requests/view.ts'

/** A page stays a page: one rule may lock hundreds of roles. */
const most = { groups: 20, roles: 200 } as const
/** Roles of a group that stand open; more are folded behind their number. */
const open = 6
/** Roles of one rule that are asked for in rows of their own; more are one group, in which each is asked for. */
const ownRows = 5

/**
 * Locked roles by what keeps them shut: roles of one rule with the same reasons say so once, and have the button of the
 * sign-in that opens them, where there is one.
 */
export function lockedView(locked: readonly LockedRole[]) {
  const groups = new Map<string, LockedRole[]>()
  const many = askedInGroups(locked)
  for (const role of locked) {
    const alone = role.ask && (role.ask.open !== undefined || !many.has(role.rule))
    const key = JSON.stringify([role.rule, role.reasons, role.stepUp, alone && role.roleArn])
    const group = groups.get(key)
    if (group) group.push(role)
    else groups.set(key, [role])
  }
  return {
    total: locked.length,
    count: countOf(locked),
    groups: [...groups.values()].slice(0, most.groups).map(groupView),
    more: Math.max(0, groups.size - most.groups),
  }
}

/** Rules by which so many roles may be asked for that they are one group. */
function askedInGroups(locked: readonly LockedRole[]): ReadonlySet<string> {
  const counts = new Map<string, number>()
  for (const { rule, ask } of locked)
    if (ask && ask.open === undefined) counts.set(rule, (counts.get(rule) ?? 0) + 1)
  return new Set([...counts].flatMap(([rule, count]) => (count > ownRows ? [rule] : [])))
}

function groupView(roles: readonly LockedRole[]) {
  const [first] = roles
  return {
    reasons: first?.reasons ?? [],
    asks: roles.length === 1 && first?.ask ? askLink(first.roleArn, first.ask) : undefined,
    opens: first?.stepUp && { role: first.roleArn, label: sayStepUp(first.stepUp) },
    purpose: first !== undefined && opensByPurpose(first) ? longestPurpose : undefined,
    why: `/explain?role=${encodeURIComponent(first?.roleArn ?? '')}`,
    folded: roles.length > open ? countOf(roles) : undefined,
    roles: roles.slice(0, most.roles).map(({ roleArn, roleName, ask, account: { id, name, color } }) => ({
      arn: roleArn,
      name: fullName({ roleArn, roleName }),
      ask: roles.length > 1 && ask ? askPath(roleArn) : undefined,
      account: { id, name, color: accountColor(color) },
    })),
    more: Math.max(0, roles.length - most.roles),
  }
}

/** Each role is asked for by itself. */
function askLink(roleArn: string, { open }: HowToAsk) {
  return open
    ? {
        href: requestPath(open.id),
        label: open.state === 'approved' ? 'Start it' : 'Your request',
        start: open.state === 'approved',
      }
    : { href: askPath(roleArn), label: 'Ask for it', start: false }
}

/** Nothing else keeps it shut: whoever says what they need it for may get it. */
const opensByPurpose = ({ failed }: LockedRole) =>
  failed.length > 0 && failed.every(({ key }) => key === 'bridge:Reason')

function countOf(roles: readonly LockedRole[]): string {
  const accounts = new Set(roles.map(({ account }) => account.id)).size
  const many = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`
  return `${many(roles.length, 'role')} in ${many(accounts, 'account')}`
}
