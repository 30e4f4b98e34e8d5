/** A statement of a trust policy as IAM holds it. */
export interface HeldStatement {
  readonly effect: 'Allow' | 'Deny'
  /** Kind and name: `['Federated', 'arn:…']`; `['*', '*']` for everybody. */
  readonly principals: readonly (readonly [kind: string, name: string])[]
  readonly takes: (action: string) => boolean
  readonly condition: unknown
}

/** The statements of a trust policy; undefined when it has a shape that nobody here can judge. */
export function statementsOf(trust: unknown): readonly HeldStatement[] | undefined {
  if (typeof trust !== 'object' || trust === null) return undefined
  const all = [(trust as { Statement?: unknown }).Statement ?? []].flat()
  const read = all.map(readStatement)
  return read.includes(undefined) ? undefined : (read as readonly HeldStatement[])
}

function readStatement(one: unknown): HeldStatement | undefined {
  if (typeof one !== 'object' || one === null) return undefined
  const { Effect, Principal, Action, Condition } = one as Record<string, unknown>
  if (Effect !== 'Allow' && Effect !== 'Deny') return undefined
  // NotPrincipal and NotAction say whom they do not mean.
  if (Principal === undefined || Action === undefined) return undefined
  const actions = [Action].flat().map((action) => wildcard(String(action)))
  return {
    effect: Effect,
    principals: principalsOf(Principal),
    takes: (action) => actions.some((pattern) => pattern.test(action)),
    condition: Condition,
  }
}

const wildcard = (action: string) =>
  new RegExp(
    `^${action
      .slice(0, 200)
      .replace(/\*+/g, '*')
      .replace(/[.+^$()[\]{}|\\]/g, '\\$&')
      .replaceAll('?', '.')
      .replaceAll('*', '.*')}$`,
    'i',
  )

function principalsOf(principal: unknown): HeldStatement['principals'] {
  if (typeof principal !== 'object' || principal === null) return [['*', String(principal)]]
  return Object.entries(principal).flatMap(([kind, names]) =>
    [names].flat().map((name): [string, string] => (name === '*' ? ['*', '*'] : [kind, String(name)])),
  )
}
