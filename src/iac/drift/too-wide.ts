import { type Door, issuerHost } from '../plan/doors.ts'
import type { RolePlan } from '../plan/plan.ts'
import type { TrustFault } from './finding.ts'
import { operatorParts } from './holds.ts'
import { isLike } from './like.ts'
import { actionOf, principalOf } from './requests.ts'
import type { HeldStatement, Principal } from './statements.ts'

type Judged = Pick<RolePlan, 'arn' | 'doors'>

const wide = (say: string): TrustFault => ({ code: 'trust-too-wide', say })

/**
 * Whom a role lets in beyond those that the rules mean, statement by statement. What is not understood bounds nothing:
 * better a finding too many than one that is missed. Denials are not looked at.
 */
export function tooWide(role: Judged, statements: readonly HeldStatement[]): readonly TrustFault[] {
  return statements
    .filter(({ effect, takes }) => effect === 'Allow' && Object.values(actionOf).some(takes))
    .flatMap((statement) => statement.principals.flatMap((one) => wideTo(role, statement, one)))
}

/** Whom a role lets in that no rule leads to: others than the bridge may have their reasons there, and are not told. */
export function tooWideBeside(role: Judged, statements: readonly HeldStatement[]): readonly TrustFault[] {
  const ways = new Set(role.doors.map((door) => principalOf(door, role.arn).join()))
  const concerning = statements.map((one) => ({
    ...one,
    principals: one.principals.filter((whom) => whom[0] === '*' || ways.has(whom.join())),
  }))
  return tooWide(role, concerning).filter(({ code }) => code === 'trust-too-wide')
}

function wideTo(role: Judged, statement: HeldStatement, [kind, name]: Principal): readonly TrustFault[] {
  if (statement.except.length > 0) return [wide('opens to everybody but a few (NotPrincipal)')]
  if (kind === '*') return [wide('opens to everybody (Principal *)')]
  const doors = role.doors.filter((door) => principalOf(door, role.arn).join() === `${kind},${name}`)
  const [door] = doors
  if (door === undefined) return [wide(`opens to ${name} as well, and no rule leads there from it`)]
  if (door.by === 'saml') {
    const meant = doors.flatMap((one) => (one.by === 'saml' ? [one.audience] : []))
    const { any, more } = beyond(statement, 'SAML:aud', meant)
    if (any) return [wide('asks for no SAML:aud: an assertion for another recipient opens it')]
    return more.map((aud) => wide(`takes assertions for ${aud} as well (SAML:aud)`))
  }
  return door.by === 'role' ? wideByChain(statement, name, doors) : wideByToken(statement, doors, door.issuer)
}

function wideByChain(statement: HeldStatement, name: string, doors: readonly Door[]): readonly TrustFault[] {
  const meant = doors.map((one) => (one.by === 'role' ? one.externalId : undefined))
  // Some rule sends none: the role must open without.
  if (meant.includes(undefined)) return []
  const { any, more } = beyond(statement, 'sts:ExternalId', meant as readonly string[], { mayMiss: true })
  if (any) return [wide(`asks ${name} for no sts:ExternalId, and the rule sends one`)]
  return more.map((id) => wide(`takes ${id} as well (sts:ExternalId)`))
}

function wideByToken(
  statement: HeldStatement,
  doors: readonly Door[],
  issuer: string,
): readonly TrustFault[] {
  const host = issuerHost(issuer)
  const tokens = doors.flatMap((door) => (door.by === 'token' ? [door] : []))
  const subjects = tokens.map((door) => door.subjects)
  const meant = {
    aud: tokens.flatMap(({ audiences }) => audiences),
    sub: subjects.includes(undefined) ? undefined : subjects.flatMap((own) => own ?? []),
  }
  return (['aud', 'sub'] as const).flatMap((claim): readonly TrustFault[] => {
    const { any, more } = beyond(statement, `${host}:${claim}`, meant[claim] ?? [])
    if (any) return [wide(`takes tokens of ${host} with any ${claim}`)]
    if (meant[claim] !== undefined)
      return more.map((value) => wide(`takes tokens of ${host} for ${value} as well (${claim})`))
    const said = `takes tokens of ${host} for ${more.join(', ')}`
    return more.some((value) => anyOwner.test(value))
      ? [wide(`${said}: whoever has an account there chooses how their own subjects go on`)]
      : [
          {
            code: 'trust-unclear',
            say: `${said}, and whether the rules mean these they do not say; look at it yourself`,
          },
        ]
  })
}

/** `repo:*` and `repo:corp*`: before the first star stand labels of the platform, and no owner that is whole. */
const anyOwner = /^(?:[\w-]+:)*[^/:]*[*?]/

/** A value that no sound condition would name. */
const elsewhere = 'https://elsewhere.invalid/'

/** What a statement takes for a key beyond what is meant: anything at all, or these. */
function beyond(
  { condition }: HeldStatement,
  key: string,
  meant: readonly string[],
  { mayMiss = false } = {},
): { readonly any: boolean; readonly more: readonly string[] } {
  const blocks = Object.entries((condition ?? {}) as Record<string, Record<string, unknown> | null>)
  const bounds = blocks.flatMap(([operator, keys]) => {
    const { set, test, mayMiss: missing } = operatorParts(operator)
    const opensWithout = mayMiss && (missing || set === 'forallvalues')
    return Object.entries(keys ?? {})
      .filter(([one]) => test !== undefined && !opensWithout && one.toLowerCase() === key.toLowerCase())
      .map(([, values]) => [values].flat().map(String))
  })
  // All of them must hold, so one that is close enough is enough.
  const over = bounds.map((values) => values.filter((one) => !isMeant(one, meant)))
  const [least] = over.sort((one, other) => one.length - other.length)
  const any = least === undefined || least.some((one) => isLike(elsewhere, one))
  return { any, more: least ?? [] }
}

/** A value that takes no other text than is meant; a star that is meant stands for what people bring. */
const isMeant = (value: string, meant: readonly string[]) =>
  meant.some((one) => value === one || isLike(value.replaceAll('?', '*'), one))
