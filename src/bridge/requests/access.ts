import { lastingKey, type OpenedRole, type OpenRequest, type Session } from '../../core/index.ts'
import { standing } from '../../requests/index.ts'
import type { BridgeParts } from '../parts.ts'

/** What a person asked for, as far as something can still come of it. */
export interface Access {
  /** Roles that are open by it now. */
  readonly opened: readonly OpenedRole[]
  readonly open: readonly (OpenRequest & { readonly rule: string; readonly roleArn: string })[]
}

const none: Access = { opened: [], open: [] }

/** Reads what a session's person asked for; nothing is read where no rule wants to be asked. */
export async function accessOf(
  { policy, requests, clock }: Pick<BridgeParts, 'policy' | 'requests' | 'clock'>,
  { identity }: Session,
): Promise<Access> {
  if (!policy.takesRequests) return none
  const { opened, all } = await requests.access(lastingKey(identity))
  const open = all.flatMap((one) => {
    const state = standing(one, clock())
    const { id, rule, roleArn } = one
    return state === 'requested' || state === 'approved' || state === 'active'
      ? [{ id, state, rule, roleArn }]
      : []
  })
  return { opened, open }
}
