import type { RolePlan } from '../plan/plan.ts'
import type { TrustFault } from './finding.ts'
import { judgeCondition } from './holds.ts'
import { actionOf, type Request, requestsBy } from './requests.ts'
import { type HeldStatement, type Principal, statementsOf } from './statements.ts'
import { tooWide } from './too-wide.ts'

/** Compares whom a role trusts with whom the rules need it to. */
export function judgeTrust(role: RolePlan, trust: unknown): readonly TrustFault[] {
  const { statements, whole } = statementsOf(trust)
  const unclear: TrustFault = {
    code: 'trust-unclear',
    say: 'has a trust policy that cannot be judged here; look at it yourself',
  }
  const found = [...(whole ? tooNarrow(role, statements) : [unclear]), ...tooWide(role, statements)]
  return [...new Map(found.map((fault) => [`${fault.code} ${fault.say}`, fault])).values()]
}

const isNamed = ({ principals, except }: HeldStatement, principal: Principal) =>
  principals.some((one) => names(one, principal)) && !except.some((one) => names(one, principal))

function names([ofKind, one]: Principal, [kind, name]: Principal): boolean {
  const [, , , , account = ''] = name.split(':')
  if (ofKind === '*') return true
  if (ofKind !== kind) return false
  return one === name || (kind === 'AWS' && (one === account || one.endsWith(`::${account}:root`)))
}

function tooNarrow(role: RolePlan, statements: readonly HeldStatement[]): readonly TrustFault[] {
  return role.doors.flatMap((door) =>
    requestsBy(door, role.arn).flatMap((request) => {
      const own = statements.filter((one) => isNamed(one, request.principal))
      const allowing = own.filter(({ effect }) => effect === 'Allow')
      const [, name] = request.principal
      if (!allowing.some((one) => one.takes(actionOf[door.by])))
        return [{ code: 'trust-too-narrow' as const, say: `does not let ${name} take it: STS refuses` }]
      const faults = request.actions.flatMap((action) => narrowAt(action, request, own))
      // Which subjects those are is told beside, as what it lets in.
      const isOpen = door.by === 'token' && door.subjects === undefined
      return isOpen ? faults.filter(({ code }) => code !== 'trust-unclear') : faults
    }),
  )
}

/** Why STS would not allow one action, if it would not. */
function narrowAt(action: string, { facts }: Request, own: readonly HeldStatement[]): readonly TrustFault[] {
  const asked = own.filter((one) => one.takes(action))
  const verdicts = (effect: HeldStatement['effect']) =>
    asked.filter((one) => one.effect === effect).map(({ condition }) => judgeCondition(condition, facts))
  const denied = verdicts('Deny').find(({ holds }) => holds !== false)
  if (denied?.holds) return [{ code: 'trust-too-narrow', say: `denies ${action}: STS refuses` }]
  const allowed = verdicts('Allow')
  if (allowed.length === 0)
    return [{ code: 'trust-too-narrow', say: `does not allow ${action}, which the rules need: STS refuses` }]
  const unclear = denied ?? allowed.find(({ holds }) => holds === undefined)
  if (denied === undefined && allowed.some(({ holds }) => holds === true)) return []
  if (unclear)
    return [{ code: 'trust-unclear', say: `asks for ${unclear.because} at ${action}; look at it yourself` }]
  const because = allowed[0]?.because
  return [
    { code: 'trust-too-narrow', say: `asks for ${because} at ${action}, which does not hold: STS refuses` },
  ]
}
