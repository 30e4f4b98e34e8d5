import { type Identity, Refusal } from '../../core/index.ts'
import type { AccessRequest } from '../../requests/index.ts'
import type { Story } from '../parts.ts'
import { patience } from '../people/hand-outs.ts'

/** How often somebody took one role, and when last; epoch milliseconds. */
export interface RoleUse {
  readonly roleArn: string
  readonly count: number
  readonly last: number
}

/** What the person of a request took in its account before, as far as the history goes back; or why nobody knows. */
export type LastUses =
  | { readonly known: true; readonly roles: readonly RoleUse[]; readonly more: number }
  | { readonly known: false; readonly because: 'no history' | 'unavailable' }

/** Roles that are shown, and rows that are looked through for them. */
const [mostRoles, mostRows] = [5, 1000]

/** The last uses of the account by who asks, the role that is asked for first. */
export async function lastUsesOf(
  { history }: Pick<Story, 'history'>,
  request: AccessRequest,
): Promise<LastUses> {
  if (history === undefined) return { known: false, because: 'no history' }
  const { who, account, roleArn } = request
  const [protocol, issuer] = JSON.parse(who.key) as [Identity['protocol'], string]
  const roles = new Map<string, RoleUse>()
  let rows = 0
  try {
    await history.caughtUp(patience)
    const person = { user: who.user, provider: who.idp, protocol, issuer }
    for await (const { role, last, count } of history.uses({ person, account: account.id })) {
      const known = roles.get(role) ?? { roleArn: role, count: 0, last: 0 }
      roles.set(role, { ...known, count: known.count + count, last: Math.max(known.last, last) })
      rows += 1
      if (rows === mostRows) break
    }
  } catch (error) {
    if (!(error instanceof Refusal && error.code === 'history_unavailable')) throw error
    return { known: false, because: 'unavailable' }
  }
  const rank = (one: RoleUse) => (one.roleArn === roleArn ? Number.POSITIVE_INFINITY : one.last)
  const sorted = [...roles.values()].sort((one, other) => (rank(other) > rank(one) ? 1 : -1))
  return { known: true, roles: sorted.slice(0, mostRoles), more: Math.max(0, sorted.length - mostRoles) }
}
