import { issuerHost } from '../plan/doors.ts'
import type { RolePlan } from '../plan/plan.ts'
import { type Facts, judgeCondition } from './holds.ts'
import { actionOf, principalOf, type Request, requestsBy } from './requests.ts'
import { type HeldStatement, statementsOf } from './statements.ts'

/** What is wrong with a trust policy. */
export interface TrustFault {
  readonly code: 'trust-too-wide' | 'trust-too-narrow' | 'trust-unclear'
  readonly say: string
}

/** Compares whom a role trusts with whom the rules need it to. */
export function judgeTrust(role: RolePlan, trust: unknown): readonly TrustFault[] {
  const statements = statementsOf(trust)
  if (statements === undefined)
    return [
      { code: 'trust-unclear', say: 'has a trust policy that cannot be judged here; look at it yourself' },
    ]
  const found = [...tooNarrow(role, statements), ...tooWide(role, statements)]
  return [...new Map(found.map((fault) => [`${fault.code} ${fault.say}`, fault])).values()]
}

const isNamed = ({ principals }: HeldStatement, [kind, name]: Request['principal']) => {
  const [, , , , account = ''] = name.split(':')
  return principals.some(
    ([ofKind, one]) =>
      ofKind === '*' ||
      (ofKind === kind &&
        (one === name || (kind === 'AWS' && (one === account || one.endsWith(`::${account}:root`))))),
  )
}

function tooNarrow(role: RolePlan, statements: readonly HeldStatement[]): readonly TrustFault[] {
  return role.doors.flatMap((door) =>
    requestsBy(door, role.arn).flatMap((request) => {
      const own = statements.filter((one) => isNamed(one, request.principal))
      const allowing = own.filter(({ effect }) => effect === 'Allow')
      const [, name] = request.principal
      if (!allowing.some((one) => one.takes(actionOf[door.by])))
        return [{ code: 'trust-too-narrow' as const, say: `does not let ${name} take it: STS refuses` }]
      return request.actions.flatMap((action) => narrowAt(action, request, own))
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

/** A value that no sound condition would name. */
const elsewhere = 'https://elsewhere.invalid/'

function tooWide(role: RolePlan, statements: readonly HeldStatement[]): readonly TrustFault[] {
  const wide = (say: string): TrustFault => ({ code: 'trust-too-wide', say })
  return statements
    .filter(({ effect, takes }) => effect === 'Allow' && Object.values(actionOf).some(takes))
    .flatMap((statement) =>
      statement.principals.flatMap(([kind, name]): readonly TrustFault[] => {
        if (kind === '*') return [wide('opens to everybody (Principal *)')]
        const doors = role.doors.filter((door) => principalOf(door, role.arn).join() === `${kind},${name}`)
        if (doors.length === 0) return [wide(`opens to ${name} as well, and no rule leads there from it`)]
        const without = (key: string, value: readonly string[]) =>
          doors
            .flatMap((door) => requestsBy(door, role.arn))
            .some(({ facts }) => opensAll(statement, facts, key, value))
        return doors.flatMap((door): readonly TrustFault[] => {
          if (door.by === 'saml')
            return without('saml:aud', [elsewhere])
              ? [wide('asks for no SAML:aud: an assertion for another recipient opens it')]
              : otherAudiences(statement, door.audience).map((aud) =>
                  wide(`takes assertions for ${aud} as well (SAML:aud)`),
                )
          if (door.by === 'role')
            return door.externalId !== undefined && without('sts:externalid', [])
              ? [wide(`asks ${name} for no sts:ExternalId, and the rule sends one`)]
              : []
          const host = issuerHost(door.issuer)
          return ['aud', 'sub'].flatMap((claim) =>
            without(`${host}:${claim}`.toLowerCase(), [elsewhere])
              ? [wide(`takes tokens of ${host} with any ${claim}`)]
              : [],
          )
        })
      }),
    )
}

/** Whether a statement opens whatever this key says, and all else is as the condition wants it. */
function opensAll(
  { condition }: HeldStatement,
  facts: Facts,
  key: string,
  value: readonly string[],
): boolean {
  const only = Object.fromEntries(
    Object.entries((condition ?? {}) as Record<string, Record<string, unknown>>).map(([operator, keys]) => [
      operator,
      Object.fromEntries(Object.entries(keys ?? {}).filter(([one]) => one.toLowerCase() === key)),
    ]),
  )
  return judgeCondition(only, new Map([...facts, [key, value]])).holds === true
}

function otherAudiences({ condition }: HeldStatement, ours: string): readonly string[] {
  const wanted = Object.entries((condition ?? {}) as Record<string, Record<string, unknown>>)
    .filter(([operator]) => /^(?:ForAnyValue:)?String(?:Equals|Like)/.test(operator))
    .flatMap(([, keys]) => Object.entries(keys ?? {}))
    .filter(([key]) => key.toLowerCase() === 'saml:aud')
  return wanted.flatMap(([, values]) => [values].flat().map(String)).filter((one) => one !== ours)
}
