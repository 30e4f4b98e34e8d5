import type { RequestContext, Session } from '../../core/index.ts'
import type { Web } from '../deps.ts'
import { findRole } from './role-names.ts'

/**
 * The ARN of the role that a name means in an account: among the roles that are open, then among those that are locked, so that
 * whoever is refused reads why that one is. A role that the person may not take is asked for all the same: the refusal belongs
 * into the audit trail.
 */
export async function askedRole(
  { bridge }: Pick<Web, 'bridge'>,
  { session, context }: { readonly session: Session; readonly context: RequestContext },
  account: string,
  name: string,
): Promise<string> {
  const here = <T extends { readonly account: { readonly id: string } }>(roles: readonly T[]) =>
    roles.filter((one) => one.account.id === account)
  const open = findRole(here(await bridge.entitlements(session, context)), name)
  if (open !== undefined) return open.id
  const locked = findRole(here(await bridge.locked(session, context)), name)
  return locked?.roleArn ?? `arn:aws:iam::${account}:role/${name}`
}
