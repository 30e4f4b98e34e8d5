import { isLike } from './like.ts'

/** Kind and name: `['Federated', 'arn:…']`; `['*', '*']` for everybody. */
export type Principal = readonly [kind: string, name: string]

/** A statement of a trust policy as IAM holds it. */
export interface HeldStatement {
  readonly effect: 'Allow' | 'Deny'
  readonly principals: readonly Principal[]
  /** NotPrincipal: of everybody, not these. */
  readonly except: readonly Principal[]
  readonly takes: (action: string) => boolean
  readonly condition: unknown
}

/** What a trust policy says; not `whole` when part of it has a shape that nobody here can judge. */
export interface HeldTrust {
  readonly statements: readonly HeldStatement[]
  readonly whole: boolean
}

/** Reads a trust policy as IAM holds it. */
export function statementsOf(trust: unknown): HeldTrust {
  if (typeof trust !== 'object' || trust === null) return { statements: [], whole: false }
  const all = [(trust as { Statement?: unknown }).Statement ?? []].flat()
  const statements = all.map(readStatement).filter((one) => one !== undefined)
  return { statements, whole: statements.length === all.length }
}

function readStatement(one: unknown): HeldStatement | undefined {
  if (typeof one !== 'object' || one === null) return undefined
  const { Effect, Principal, NotPrincipal, Action, NotAction, Condition } = one as Record<string, unknown>
  if (Effect !== 'Allow' && Effect !== 'Deny') return undefined
  if ((Principal ?? NotPrincipal) === undefined || (Action ?? NotAction) === undefined) return undefined
  const actions = [Action ?? NotAction].flat().map((action) => String(action).toLowerCase())
  const isNamed = Action !== undefined
  return {
    effect: Effect,
    principals: Principal === undefined ? [['*', '*']] : principalsOf(Principal),
    except: Principal === undefined ? principalsOf(NotPrincipal) : [],
    takes: (action) => actions.some((pattern) => isLike(action.toLowerCase(), pattern)) === isNamed,
    condition: Condition,
  }
}

function principalsOf(principal: unknown): readonly Principal[] {
  if (typeof principal !== 'object' || principal === null) return [['*', String(principal)]]
  return Object.entries(principal).flatMap(([kind, names]) =>
    [names].flat().map((name): Principal => (name === '*' ? ['*', '*'] : [kind, String(name)])),
  )
}
