import type { Use } from '../../bridge.ts'
import { parseEntitlementArn } from '../../core/index.ts'
import { lastUse } from '../pictures/last-use.ts'

const quarter = 90 * 24 * 3600 * 1000
const most = 12

/** When each role was last taken, the latest first. */
export function usesPicture(uses: readonly Use[], now: number) {
  const latest = new Map<string, number>()
  for (const { role, last } of uses) latest.set(role, Math.max(last, latest.get(role) ?? 0))
  const roles = [...latest].sort(([, a], [, b]) => b - a)
  const rows = roles.slice(0, most).map(([arn, at]) => {
    const role = parseEntitlementArn(arn)
    return { label: role ? `${role.name} in ${role.account}` : arn, at }
  })
  return { rows: lastUse({ id: 'uses', now, span: quarter, rows }), more: roles.length - rows.length }
}
